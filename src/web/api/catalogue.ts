import type { CollectionSummary, StateCounts } from "../../core/shelf.ts"
import type { DocumentSummary, Job, JobState } from "../../core/types.ts"
import { type Page, queryOf } from "./page.ts"
import { requestJson } from "./request.ts"

/** Documents, their jobs and collections. */

/** What a list of documents is narrowed to; absent means all. */
export interface DocumentFilter {
  readonly name?: string | undefined
  readonly state?: JobState | undefined
  readonly collection?: string | undefined
}

const DOCUMENTS_A_PAGE = 250
const path = (id: string) => `/api/documents/${encodeURIComponent(id)}`

export async function listDocuments(
  { name, state, collection }: DocumentFilter,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<DocumentSummary>> {
  const query = queryOf({ name, state, collection, cursor, order: "path", limit: DOCUMENTS_A_PAGE })
  return await requestJson(`/api/documents${query}`, { signal })
}

export async function countDocuments({ name, collection }: DocumentFilter, signal: AbortSignal): Promise<StateCounts> {
  return await requestJson(`/api/documents/totals${queryOf({ name, collection })}`, { signal })
}

export async function getDocument(id: string, signal?: AbortSignal): Promise<DocumentSummary> {
  return await requestJson(path(id), { signal })
}

export async function listEmbedded(id: string, signal: AbortSignal): Promise<readonly DocumentSummary[]> {
  return (await requestJson<Page<DocumentSummary>>(`${path(id)}/embedded`, { signal })).data
}

export async function retryDocument(id: string): Promise<DocumentSummary> {
  return await requestJson(`${path(id)}/retry`, { method: "POST" })
}

/** With `erase` no file of the server holds it in the end. */
export async function removeDocument(id: string, { erase }: { readonly erase: boolean }): Promise<void> {
  await requestJson(`${path(id)}${erase ? "?erase=true" : ""}`, { method: "DELETE" })
}

export interface JobFilter {
  readonly state?: JobState
  readonly isUnfinished?: boolean
  readonly documentId?: string
  readonly limit?: number
}

export async function listJobs(
  { isUnfinished = false, ...filter }: JobFilter,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<Job>> {
  const query = queryOf({ ...filter, cursor, unfinished: isUnfinished ? "true" : undefined })
  return await requestJson(`/api/jobs${query}`, { signal })
}

export async function getJob(id: string): Promise<Job> {
  return await requestJson(`/api/jobs/${encodeURIComponent(id)}`)
}

export async function cancelJob(id: string): Promise<Job> {
  return await requestJson(`/api/jobs/${encodeURIComponent(id)}/cancel`, { method: "POST" })
}

export async function listCollections(signal: AbortSignal): Promise<readonly CollectionSummary[]> {
  return (await requestJson<Page<CollectionSummary>>("/api/collections", { signal })).data
}

export async function createCollection(id: string): Promise<CollectionSummary> {
  return await requestJson("/api/collections", { body: { id } })
}

/** With its documents: the name says that this is meant. */
export async function removeCollection(id: string): Promise<void> {
  await requestJson(`/api/collections/${encodeURIComponent(id)}${queryOf({ confirm: id })}`, { method: "DELETE" })
}
