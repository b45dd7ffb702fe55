import { Link } from "wouter"
import type { DocumentSummary, ReadingReport, WeakPage } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Icon } from "../parts/icon.tsx"
import { useFormat } from "./format.ts"
import styles from "./reading-report.module.css"

interface ReadingReportProps {
  readonly document: Pick<DocumentSummary, "pages" | "chunks" | "warnings">
  readonly report: ReadingReport
  /** The embedded files that became documents. */
  readonly embedded: readonly DocumentSummary[]
}

interface Line {
  readonly isSound: boolean
  readonly text: string
}

/** The honesty report in words: what was read, and what an answer cannot know. */
export function ReadingReportWords({ document, report, embedded }: ReadingReportProps) {
  const { shelf } = useTexts()
  const lines = useLines(document, report)
  return (
    <>
      <ul className={styles.lines}>
        {lines.map(({ isSound, text }) => (
          <li key={text} className={isSound ? styles.sound : styles.weak}>
            <Icon name={isSound ? "check" : "warning"} />
            <span>{text}</span>
          </li>
        ))}
      </ul>
      {report.embeddedFiles.length === 0 ? null : (
        <>
          <h3>{shelf.report.embeddedTitle}</h3>
          <ul className={styles.embedded}>
            {report.embeddedFiles.map(({ name, sizeBytes, code }) => (
              <EmbeddedFileLine key={name} {...{ name, sizeBytes, code }} document={byName(name, embedded)} />
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function useLines({ pages, chunks, warnings }: ReadingReportProps["document"], report: ReadingReport): readonly Line[] {
  const { report: words } = useTexts().shelf
  const { number } = useFormat()
  const { pagesRead, weakPages, pagesToRecognise, tables, charactersDropped, hiddenCharacters } = report
  const sound = (text: string): Line => ({ isSound: true, text })
  const weak = (text: string): Line => ({ isSound: false, text })
  const of = (reason: WeakPage["reason"]) =>
    weakPages.filter((page) => page.reason === reason && page.code === undefined)
  const listed = (found: readonly WeakPage[]) => rangesOf(found.map(({ page }) => page))
  const waiting = new Set(pagesToRecognise)
  const unread = (found: readonly WeakPage[]) => found.filter(({ page }) => !waiting.has(page))
  const recognised = of("recognised")
  const confidences = recognised.flatMap(({ confidence }) => (confidence === null ? [] : [confidence]))
  const failed = weakPages.filter(({ code }) => code !== undefined)
  const guessed = warnings.find((warning) => warning.startsWith("encoding-guessed:"))?.split(":")[1]
  return [
    chunks === 0
      ? weak(words.nothing)
      : sound(
          pagesRead === null || pages === null
            ? words.whole
            : words.pages(number(pagesRead), number(pages), pagesRead === pages),
        ),
    ...(tables === 0 ? [] : [sound(words.tables(number(tables), tables))]),
    ...(recognised.length === 0
      ? []
      : [
          weak(
            words.recognised(
              listed(recognised),
              recognised.length,
              confidences.length === 0 ? null : Math.round(Math.min(...confidences)),
            ),
          ),
        ]),
    ...(pagesToRecognise.length === 0
      ? []
      : [weak(words.toRecognise(rangesOf(pagesToRecognise), pagesToRecognise.length))]),
    ...(unread(of("no-text")).length === 0
      ? []
      : [weak(words.noText(listed(unread(of("no-text"))), unread(of("no-text")).length))]),
    ...(unread(of("poor-text")).length === 0
      ? []
      : [weak(words.poorText(listed(unread(of("poor-text"))), unread(of("poor-text")).length))]),
    ...(of("unreadable").length === 0
      ? []
      : [weak(words.unreadable(listed(of("unreadable")), of("unreadable").length))]),
    ...(failed.length === 0 ? [] : [weak(words.recognitionFailed(listed(failed), failed.length))]),
    ...(hiddenCharacters === 0 ? [] : [weak(words.hidden(number(hiddenCharacters)))]),
    ...(charactersDropped === 0 ? [] : [weak(words.dropped(number(charactersDropped)))]),
    ...(guessed === undefined ? [] : [weak(words.encoding(guessed))]),
  ]
}

function EmbeddedFileLine(props: {
  readonly name: string
  readonly sizeBytes: number
  readonly code: string | null
  readonly document: DocumentSummary | undefined
}) {
  const { name, sizeBytes, code, document } = props
  const { shelf } = useTexts()
  const { bytes } = useFormat()
  const failure = code === null ? undefined : shelf.failures[code as keyof typeof shelf.failures]
  return (
    <li>
      {document === undefined ? name : <Link href={`/documents/${encodeURIComponent(document.id)}`}>{name}</Link>}{" "}
      <span className={styles.quiet}>
        {bytes(sizeBytes)}
        {code === null ? "" : ` · ${shelf.report.leftOut} ${failure?.what ?? code}`}
      </span>
    </li>
  )
}

function byName(name: string, embedded: readonly DocumentSummary[]): DocumentSummary | undefined {
  return embedded.find(({ path }) => path.endsWith(`/${name}`))
}

/** `1–3, 7`: pages of a long list read as ranges. */
function rangesOf(pages: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const page of pages.toSorted((left, right) => left - right)) {
    const last = ranges.at(-1)
    if (last !== undefined && page <= last[1] + 1) last[1] = page
    else ranges.push([page, page])
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(", ")
}
