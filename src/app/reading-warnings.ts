import type { Citation, Warning, WeakPage } from "../core/types.ts"
import type { TextLoader } from "./text-loader.ts"

/** What a reader should know of the pages and documents that an answer rests on: each weak page and document once. */
export async function readingWarnings(citations: readonly Citation[], texts: TextLoader): Promise<readonly Warning[]> {
  const warnings = new Map<string, Warning>()
  for (const { documentId, path, page } of citations) {
    const stored = await texts.revisionOf(documentId)
    if (stored === undefined) continue
    const weak = stored.report?.weakPages.find((candidate) => candidate.page === page)
    if (weak !== undefined) {
      const message = `${JSON.stringify(path)}, page ${page} ${describe(weak)}`
      warnings.set(`${documentId}:${page}`, { code: "weak-page", message })
    }
    if (!stored.isComplete) {
      const message = `${JSON.stringify(path)} is still being read: only its beginning was searched`
      warnings.set(documentId, { code: "document-incomplete", message })
    }
  }
  return [...warnings.values()]
}

function describe({ reason, confidence }: WeakPage): string {
  if (reason === "recognised") {
    return `was read by recognition${confidence === null ? "" : ` (confidence ${Math.round(confidence)})`}`
  }
  return reason === "poor-text" ? "has poor text" : "could not be read as a whole"
}
