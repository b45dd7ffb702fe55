import type { Citation, Warning } from "../core/types.ts"
import type { Conflict } from "../generation/conflicts.ts"
import type { ScoredEvidence } from "../generation/evidence.ts"
import type { TextLoader } from "./text-loader.ts"

/** Evidence as it is cited, with what SQL knows of its documents; nobody has compared the quotes yet. */
export async function toCitations(
  cited: readonly ScoredEvidence[],
  texts: TextLoader,
): Promise<Omit<Citation, "verified">[]> {
  const citations: Omit<Citation, "verified">[] = []
  for (const [position, { documentId, path, passage, page, start, end, quote }] of cited.entries()) {
    const stored = await texts.revisionOf(documentId)
    const label = stored?.pageRanges.find((range) => range.page === page)?.label
    citations.push({
      ...{ marker: position + 1, documentId, path, title: passage.title, revision: passage.revision, page },
      ...(label !== undefined && { pageLabel: label }),
      ...{ start, end, quote },
      modifiedAt: new Date(stored?.modifiedAt ?? 0).toISOString(),
      indexedAt: new Date(stored?.indexedAt ?? 0).toISOString(),
      changedSinceIndexed: stored?.changedSinceIndexed ?? true,
    })
  }
  return citations
}

/** Both sides with the dates of their documents, the newer one first; nothing where one of the quotes was refused. */
export function conflictWarnings(
  conflicts: readonly { readonly best: ScoredEvidence; readonly conflict: Conflict }[],
  citations: readonly Citation[],
): Warning[] {
  const messages = new Set(conflicts.flatMap(({ best, conflict }) => conflictMessage(conflict, best, citations)))
  return [...messages].map((message) => ({ code: "conflicting-sources", message }))
}

function conflictMessage(conflict: Conflict, best: ScoredEvidence, citations: readonly Citation[]): string[] {
  const sides = [
    { source: best, said: conflict.said[0] },
    { source: conflict.evidence, said: conflict.said[1] },
  ].flatMap(({ source, said }) => {
    const citation = citations.find((one) => one.documentId === source.documentId && one.start === source.start)
    return citation === undefined ? [] : [{ ...citation, said }]
  })
  if (sides.length < 2) return []
  const parts = sides
    .sort((left, right) => right.modifiedAt.localeCompare(left.modifiedAt))
    .map(({ path, modifiedAt, said, marker }) => `${said} in "${path}" of ${modifiedAt.slice(0, 10)} [${marker}]`)
  return [`Two documents differ: ${parts.join("; ")}`]
}

/** One for each part of the question that nothing supports. */
export function missingPartWarnings(missing: readonly string[]): Warning[] {
  return missing.map((part) => ({
    code: "part-not-found",
    message: `The documents do not answer this part of the question: ${part}`,
  }))
}

/** Why what the model wrote is not shown. */
export function withheldMessage(verdict: { readonly reason: string; readonly missing: readonly string[] }): string {
  const missing = verdict.missing.length === 0 ? "" : ` (${verdict.missing.slice(0, 5).join(", ")})`
  const reason = verdict.reason === "distorted" ? "it is not word for word in the quote" : verdict.reason
  return `The written sentence was withheld, the quote stands in for it: ${reason}${missing}`
}
