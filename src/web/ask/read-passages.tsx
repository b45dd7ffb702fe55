import type { PassageTrace, ShownReceipt } from "../../core/receipt.ts"
import { useTexts } from "../app/language.tsx"
import styles from "./read-passages.module.css"

/** Sentences that the reader thought most of; the others stand in the receipt. */
const SHOWN = 3

/** The passages with what the reader made of them, and the sentences that became quotes. */
export function ReadPassages({ receipt }: { readonly receipt: ShownReceipt }) {
  const { why } = useTexts()
  const passageOf = (rank: number) => receipt.answer.passages.find((passage) => passage.rank === rank)
  return (
    <ol className={styles.list}>
      {receipt.trace.passages.map((trace) => {
        const passage = passageOf(trace.rank)
        return (
          <li key={trace.rank} className={styles.passage}>
            <p className={styles.head}>
              <span>{trace.rank}.</span>
              <span className={styles.title}>{passage?.title ?? trace.documentId}</span>
              <span>
                {trace.isRead ? `${why.passageScore} ${trace.scores.reader?.toFixed(2) ?? "–"}` : why.notRead}
              </span>
            </p>
            {trace.isRead && passage !== undefined ? (
              <ul className={styles.sentences}>
                {bestOf(trace).map((sentence) => (
                  <li key={sentence.start} className={sentence.score === null ? undefined : styles.chosen}>
                    <span>{passage.text.slice(sentence.start - passage.start, sentence.end - passage.start)}</span>
                    <span className={styles.scores}>
                      {`${why.similarity} ${sentence.cosine.toFixed(2)}`}
                      {sentence.reader === null ? "" : ` · ${why.reader} ${sentence.reader.toFixed(2)}`}
                      {sentence.score === null ? "" : ` · ${why.score} ${sentence.score.toFixed(2)}`}
                    </span>
                  </li>
                ))}
              </ul>
            ) : null}
          </li>
        )
      })}
    </ol>
  )
}

function bestOf({ sentences }: PassageTrace): PassageTrace["sentences"] {
  const worth = ({ score, reader, cosine }: PassageTrace["sentences"][number]) =>
    (score === null ? 0 : 100) + (reader ?? cosine)
  return [...sentences].sort((left, right) => worth(right) - worth(left)).slice(0, SHOWN)
}
