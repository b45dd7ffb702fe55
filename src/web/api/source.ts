import type { DocumentSummary, Range, TextLayout } from "../../core/types.ts"
import { request, requestJson } from "./request.ts"

/** The parts of a document that the source view reads. All throw `ApiProblem`. */

export async function getSourceDocument(id: string, signal?: AbortSignal): Promise<DocumentSummary> {
  return await requestJson<DocumentSummary>(`/api/documents/${encodeURIComponent(id)}`, { signal })
}

export async function getLayout(id: string, signal?: AbortSignal): Promise<TextLayout> {
  return await requestJson<TextLayout>(`/api/documents/${encodeURIComponent(id)}/layout`, { signal })
}

/** Canonical text; offsets in UTF-16 code units, `end` exclusive. */
export async function getText(id: string, { start, end }: Range, signal?: AbortSignal): Promise<string> {
  const response = await request(`/api/documents/${encodeURIComponent(id)}/text?start=${start}&end=${end}`, { signal })
  return await response.text()
}

/** Address of the stored bytes, which come as a file to keep. */
export function originalAddress(id: string, revision: string): string {
  return `/api/documents/${encodeURIComponent(id)}/original?revision=${encodeURIComponent(revision)}`
}

export async function getOriginal(id: string, revision: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  const response = await request(originalAddress(id, revision), { signal })
  return await response.arrayBuffer()
}
