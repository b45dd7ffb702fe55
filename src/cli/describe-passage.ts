import type { Answer, Citation, Passage } from "../core/types.ts"
import { shorten, shown } from "./terminal.ts"

/** What an answer rests on, with its quotes; of one that abstains, the closest that was found. */
export function describeSources(answer: Pick<Answer, "status" | "citations" | "evidence">): readonly string[] {
  const citations = answer.citations.flatMap((citation) => [
    `[${citation.marker}] ${placeOf(citation)}  ${citation.verified ? "✓ quote checked" : "quote not checked"}`,
    ...(citation.tableHeader === undefined ? [] : [`    (${oneLine(citation.tableHeader)})`]),
    `    “${oneLine(citation.quote)}”`,
  ])
  if (answer.status !== "abstained" || answer.evidence.length === 0) return citations
  const found = answer.evidence.map((evidence) => `  ${placeOf(evidence)}: “${shorten(oneLine(evidence.quote), 160)}”`)
  return [...citations, "The closest that was found:", ...found]
}

/** Rank, place and beginning of a passage. */
export function describePassage(passage: Passage): string {
  const headings = shown([passage.title, ...passage.headingPath].join(" › "))
  return [
    `${passage.rank}. ${placeOf(passage)}  (${passage.scores.fused.toFixed(2)})`,
    `   ${shorten(headings, 110)}`,
    `   ${shorten(oneLine(passage.text), 220)}`,
  ].join("\n")
}

function placeOf({ path, page, pageLabel }: Pick<Passage, "path" | "page"> & Pick<Citation, "pageLabel">): string {
  if (page === null) return shown(path)
  return `${shown(path)}, page ${page}${pageLabel === undefined ? "" : ` (${shown(pageLabel)})`}`
}

/** Line ends of a text are but white space, those of a name are not. */
function oneLine(text: string): string {
  return shown(text.replace(/\s+/g, " "))
}
