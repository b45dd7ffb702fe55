import { useState } from "react"
import type { CandidateTrace, ShownReceipt } from "../../core/receipt.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import styles from "./candidate-table.module.css"

const SHOWN = 10

interface CandidateTableProps {
  readonly candidates: readonly CandidateTrace[]
  readonly sources: ShownReceipt["sources"]
}

/** What either search has found, in the order of fusion, and what became of it. */
export function CandidateTable({ candidates, sources }: CandidateTableProps) {
  const { why } = useTexts()
  const [isWhole, setWhole] = useState(false)
  const paths = new Map(sources.map(({ documentId, path }) => [documentId as string, path]))
  const pathOf = ({ chunkId }: CandidateTrace) => {
    const [documentId = ""] = chunkId.split(":")
    return paths.get(documentId) ?? documentId
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with keys */}
      <section className={styles.scroll} aria-label={why.fused} tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{why.rank}</th>
              <th scope="col">{why.document}</th>
              <th scope="col">{why.meaning}</th>
              <th scope="col">{why.words}</th>
              <th scope="col">{why.became}</th>
            </tr>
          </thead>
          <tbody>
            {(isWhole ? candidates : candidates.slice(0, SHOWN)).map((candidate) => (
              <tr key={candidate.chunkId} className={candidate.passage === null ? styles.dropped : undefined}>
                <td>{candidate.fusedRank}</td>
                <td className={styles.path}>{pathOf(candidate)}</td>
                <td>{place(candidate.denseRank, candidate.dense)}</td>
                <td>{place(candidate.lexicalRank, candidate.lexical)}</td>
                <td>
                  {candidate.passage === null
                    ? why.dropped[candidate.dropped ?? "limit"]
                    : why.passageNumber(candidate.passage)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {isWhole || candidates.length <= SHOWN ? null : (
        <div>
          <Button onClick={() => setWhole(true)}>{why.showAll(candidates.length)}</Button>
        </div>
      )}
    </>
  )
}

function place(rank: number | null, score: number | null): string {
  if (rank === null) return "–"
  return score === null ? `${rank}.` : `${rank}. (${score.toFixed(2)})`
}
