import { randomUUID } from "node:crypto"
import { and, inArray } from "drizzle-orm"
import type { ErrorCode } from "../core/errors.ts"
import type { CollectionId, DocumentId, JobId, Revision } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { type JobRow, UNFINISHED } from "./jobs.ts"
import { jobs } from "./schema.ts"
import { slices } from "./slices.ts"

export interface NewJob {
  readonly documentId: DocumentId
  readonly collectionId: CollectionId
  readonly path: string
  readonly revision: Revision
  readonly title: string | null
  readonly kind: JobRow["kind"]
  readonly sizeBytes: number
  /** The document was searchable before. */
  readonly isChange: boolean
}

/**
 * Queues jobs of different documents; those that still wait for an older content of them are ended by it. Jobs of one
 * size and novelty are due in the order of the list, a millisecond apart. Returns their ids, in order.
 */
export async function createJobs(transaction: Queries, news: readonly NewJob[]): Promise<JobId[]> {
  const now = Date.now()
  const indexed = news.filter(({ kind }) => kind === "index").map(({ documentId }) => documentId)
  await endJobs(transaction, indexed, {
    code: "conflict",
    message: "A newer content of the document took its place",
  })
  const rows = news.map(({ isChange, ...job }, place) => ({
    ...job,
    id: `job_${randomUUID()}` as JobId,
    dueAt: now + delayMs({ isChange, sizeBytes: job.sizeBytes }) + place,
    ...{ state: "queued" as const, attempts: 0, createdAt: now, updatedAt: now },
  }))
  for (const part of slices(rows)) await transaction.insert(jobs).values(part)
  return rows.map(({ id }) => id)
}

/** What is added to the time of creation: small before large, changed before new, and nobody waits for ever. */
function delayMs(job: Pick<NewJob, "sizeBytes" | "isChange">): number {
  const bySize = job.sizeBytes < 256 * 1024 ? 0 : job.sizeBytes < 4 * 1024 * 1024 ? 60_000 : 300_000
  return bySize + (job.isChange ? 0 : 10_000)
}

/** Ends the jobs of documents that are not done. */
export async function endJobs(
  transaction: Queries,
  documentIds: readonly DocumentId[],
  reason: { readonly code: ErrorCode; readonly message: string },
): Promise<void> {
  for (const part of slices(documentIds)) {
    await transaction
      .update(jobs)
      .set({ state: "failed", ...reason, leaseOwner: null, leasedUntil: null, updatedAt: Date.now() })
      .where(and(inArray(jobs.documentId, part), inArray(jobs.state, [...UNFINISHED])))
  }
}
