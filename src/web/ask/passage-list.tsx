import type { Passage } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import type { SourcePlace } from "./open-source.ts"
import styles from "./passage-list.module.css"

interface PassagesProps {
  readonly passages: readonly Passage[]
  readonly onOpen: (place: SourcePlace) => void
}

/** All that a search has found, folded away behind an answer. */
export function PassageList({ passages, onOpen }: PassagesProps) {
  const { ask } = useTexts()
  if (passages.length === 0) return null
  return (
    <details className={styles.all}>
      <summary>{ask.allPassages(passages.length)}</summary>
      <Passages passages={passages} onOpen={onOpen} />
    </details>
  )
}

/** Passages, best first; each opens its place in the source. */
export function Passages({ passages, onOpen }: PassagesProps) {
  const { ask } = useTexts()
  return (
    <ol className={styles.list}>
      {passages.map((passage) => (
        <li key={`${passage.documentId} ${passage.start}`}>
          <button type="button" data-quote className={styles.passage} onClick={() => onOpen(placeOf(passage))}>
            <span className={styles.head}>
              <span className={styles.title}>{passage.title}</span>
              {passage.page === null ? null : <span>{ask.page(String(passage.page))}</span>}
              <span className={styles.headings}>{passage.headingPath.join(" › ")}</span>
            </span>
            <span className={styles.text}>{beginningOf(passage)}</span>
          </button>
        </li>
      ))}
    </ol>
  )
}

/** Without the heading, which stands above it already, and without empty lines. */
function beginningOf({ text, headingPath }: Passage): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  return (lines.length > 1 && headingPath.includes(lines[0]?.trim() ?? "") ? lines.slice(1) : lines).join("\n")
}

function placeOf({ documentId, revision, start, end }: Passage): SourcePlace {
  return { documentId, revision, start, end }
}
