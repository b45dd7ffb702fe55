import type { DocumentSummary, EmbeddedFile, ReadingReport, WeakPage } from "../core/types.ts"
import { shorten, shown, table } from "./terminal.ts"

/** Rows of a kind that are shown; the rest is counted. */
const MOST_ROWS = 20

/** What is known of a document and the honesty report: what was read of it and what was not. */
export function describeDocument(
  document: DocumentSummary,
  parent: DocumentSummary | null,
  embedded: readonly DocumentSummary[],
): string {
  const { report, warnings } = document
  const rows: (readonly [string, string])[] = [
    ["id", document.id],
    ["path", shown(document.path)],
    ["title", shown(document.title)],
    ["collection", document.collection],
    ["type", document.mediaType],
    ["size", `${document.sizeBytes} bytes`],
    ["revision", document.revision],
    ["state", [stateOf(document), reasonOf(document)].filter(Boolean).join("  ")],
    ["modified", document.modifiedAt],
    ["indexed", document.indexedAt ?? "not yet"],
    ["chunks", String(document.chunks)],
    ...(parent === null ? [] : [["stands in", `${shown(parent.path)}  ${parent.id}`] as const]),
    ...(report === null ? [] : reportRows(report, document.pages)),
    ...(warnings.length === 0 ? [] : [["warnings", shorten(warnings.map(shown).join(", "), 400)] as const]),
    ...listed("holds", embedded, (one) => `${shown(one.path)}  ${one.id}  ${stateOf(one)}`),
  ]
  return table(rows)
}

/** `indexed`, and more where that is not the whole truth. */
export function stateOf({ state, isComplete, report }: DocumentSummary): string {
  if (!isComplete) return `${state} (beginning searchable)`
  if (state !== "indexed") return state
  const waiting = report?.pagesToRecognise.length ?? 0
  const unread = report?.weakPages.filter(({ code }) => code !== undefined).length ?? 0
  const notes = [
    ...(waiting > 0 ? [`${pages(waiting)} to recognise`] : []),
    ...(unread > 0 ? [`${pages(unread)} not read`] : []),
  ]
  return notes.length === 0 ? state : `indexed (${notes.join(", ")})`
}

function pages(count: number): string {
  return count === 1 ? "1 page" : `${count} pages`
}

export function reasonOf({ code, message }: Pick<DocumentSummary, "code" | "message">): string {
  return code === null ? "" : shown(`${code}: ${message ?? ""}`)
}

function reportRows(report: ReadingReport, pages: number | null): (readonly [string, string])[] {
  const recognised = report.weakPages.filter(({ reason }) => reason === "recognised")
  const weak = report.weakPages.filter(({ reason }) => reason !== "recognised")
  const refused = report.embeddedFiles.filter(({ code }) => code !== null)
  return [
    ...(report.pagesRead === null ? [] : [["pages read", `${report.pagesRead} of ${pages ?? "?"}`] as const]),
    ...listed(
      "recognised",
      recognised,
      ({ page, confidence }) => `page ${page}, confidence ${confidence ?? "unknown"}`,
    ),
    ...listed("weak", weak, describeWeak),
    ["tables", String(report.tables)],
    ["dropped", `${report.charactersDropped} characters without a meaning`],
    ["hidden", `${report.hiddenCharacters} characters that no reader sees, not indexed`],
    ...listed("left out", refused, describeRefused),
  ]
}

function describeWeak({ page, reason, code }: WeakPage): string {
  return `page ${page}: ${code === undefined ? WEAK_WORDS[reason] : `not read, its recognition failed (${code})`}`
}

const WEAK_WORDS = {
  "no-text": "no text",
  "poor-text": "its text is poor",
  unreadable: "it cannot be read",
  recognised: "its text was recognised",
} as const satisfies Record<WeakPage["reason"], string>

function describeRefused({ name, code, sizeBytes }: EmbeddedFile): string {
  return `${shown(name)} (${sizeBytes} bytes): ${code ?? ""}`
}

/** One row an item, the first of them with the name. */
function listed<Item>(
  name: string,
  items: readonly Item[],
  describe: (item: Item) => string,
): (readonly [string, string])[] {
  const rows = items.slice(0, MOST_ROWS).map((item, at) => [at === 0 ? name : "", describe(item)] as const)
  return items.length <= MOST_ROWS ? rows : [...rows, ["", `… and ${items.length - MOST_ROWS} more`]]
}
