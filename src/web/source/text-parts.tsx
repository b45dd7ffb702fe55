import type { TextPart } from "../../core/types.ts"
import { Marked, type Shown } from "./marked.tsx"
import styles from "./text-parts.module.css"
import { TextTableView } from "./text-table.tsx"

interface TextPartsProps {
  readonly parts: readonly TextPart[]
  readonly shown: Shown
}

/** Parts of the canonical text as what they are: headings, paragraphs, lists, tables, code. */
export function TextParts({ parts, shown }: TextPartsProps) {
  return runsOf(parts).map((run) => {
    const [first] = run
    if (first === undefined) return null
    if (first.type !== "list-item") return <Part key={first.start} part={first} shown={shown} />
    return (
      <ul key={first.start} className={styles.list}>
        {run.map((part) => (
          <li key={part.start} data-start={part.start} className={hasOwnMark(part, shown) ? styles.unmarked : ""}>
            <Marked shown={shown} range={part} />
          </li>
        ))}
      </ul>
    )
  })
}

function Part({ part, shown }: { readonly part: TextPart; readonly shown: Shown }) {
  const content = <Marked shown={shown} range={part} />
  switch (part.type) {
    case "heading": {
      const Heading = HEADINGS[Math.min(part.level ?? 1, HEADINGS.length) - 1] ?? "h6"
      return (
        <Heading className={styles.heading} data-level={part.level} data-start={part.start}>
          {content}
        </Heading>
      )
    }
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key
        <pre className={styles.code} data-start={part.start} tabIndex={0}>
          <code>{content}</code>
        </pre>
      )
    case "table":
      return <TextTableView part={part} shown={shown} />
    default:
      return (
        <p className={part.isContinued === true ? styles.continued : styles.paragraph} data-start={part.start}>
          {content}
        </p>
      )
  }
}

/** The view has a heading of its own above them. */
const HEADINGS = ["h3", "h4", "h5", "h6"] as const

function hasOwnMark({ start }: TextPart, shown: Shown): boolean {
  return /^(?:[-*+•–]|\(?\w{1,4}[.)])\s/.test(shown.text.slice(start - shown.start, start - shown.start + 8))
}

/** Items of a list come together; everything else stands alone. */
function runsOf(parts: readonly TextPart[]): readonly (readonly TextPart[])[] {
  const runs: TextPart[][] = []
  for (const part of parts) {
    const run = runs.at(-1)
    if (part.type === "list-item" && run?.[0]?.type === "list-item") run.push(part)
    else runs.push([part])
  }
  return runs
}
