import { randomUUID } from "node:crypto"
import { and, asc, desc, eq, inArray, lt, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { CollectionId, DocumentId, Job, JobId, JobState, Revision } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { documents, jobs } from "./schema.ts"

export type JobRow = typeof jobs.$inferSelect

const UNFINISHED: readonly JobState[] = ["queued", "parsing", "embedding"]

/** Queues a job; one that still waits for an older content of the same document is ended by it. */
export async function createJob(
  transaction: Queries,
  job: {
    readonly documentId: DocumentId
    readonly collectionId: CollectionId
    readonly path: string
    readonly revision: Revision
    readonly title: string | null
  },
): Promise<JobId> {
  const now = Date.now()
  await transaction
    .update(jobs)
    .set({
      state: "failed",
      code: "conflict",
      message: "A newer content of the document took its place",
      updatedAt: now,
    })
    .where(and(eq(jobs.documentId, job.documentId), inArray(jobs.state, [...UNFINISHED])))
  const id = `job_${randomUUID()}` as JobId
  const { documentId, collectionId, path, revision, title } = job
  await transaction.insert(jobs).values({
    ...{ id, documentId, collectionId, path, revision, title },
    ...{ state: "queued", attempts: 0, createdAt: now, updatedAt: now },
  })
  return id
}

/** Jobs that are not done, oldest first: on start all of them are done again. */
export async function listUnfinished(queries: Queries, limit: number): Promise<JobRow[]> {
  return await queries
    .select()
    .from(jobs)
    .where(inArray(jobs.state, [...UNFINISHED]))
    .orderBy(asc(jobs.createdAt), asc(jobs.id))
    .limit(limit)
}

export async function findJobRows(queries: Queries, ids: readonly JobId[]): Promise<JobRow[]> {
  return await queries
    .select()
    .from(jobs)
    .where(inArray(jobs.id, [...ids]))
}

/** Moves jobs and their documents to a state; an attempt counts when parsing begins. */
export async function advanceJobs(
  database: Database,
  rows: readonly JobRow[],
  state: "parsing" | "embedding",
): Promise<void> {
  if (rows.length === 0) return
  await database.write((transaction) => setState(transaction, rows, state))
}

/** Part of the transaction that makes a batch searchable. */
export async function finishJobs(transaction: Queries, rows: readonly JobRow[]): Promise<void> {
  await setState(transaction, rows, "indexed")
}

/** Keeps the reason with the job and the document; what was searchable before stays so. */
export async function failJob(database: Database, row: JobRow, error: IbidError): Promise<void> {
  const failure = { state: "failed", code: error.code, message: error.message } as const
  await database.write(async (transaction) => {
    await transaction
      .update(jobs)
      .set({ ...failure, updatedAt: Date.now() })
      .where(eq(jobs.id, row.id))
    await transaction
      .update(documents)
      .set(failure)
      .where(and(eq(documents.id, row.documentId), eq(documents.revision, row.revision)))
  })
}

/** Newest first; `after` is the id of the last job of the page before. */
export async function listJobs(
  queries: Queries,
  query: { readonly collections: readonly CollectionId[]; readonly limit: number; readonly after?: string },
): Promise<Job[]> {
  if (query.collections.length === 0) return []
  const cursor =
    query.after === undefined
      ? undefined
      : lt(sql`(${jobs.createdAt}, ${jobs.id})`, sql`(SELECT created_at, id FROM jobs WHERE id = ${query.after})`)
  const rows = await queries
    .select()
    .from(jobs)
    .where(and(inArray(jobs.collectionId, [...query.collections]), cursor))
    .orderBy(desc(jobs.createdAt), desc(jobs.id))
    .limit(query.limit)
  return rows.map(toJob)
}

/** Throws `job-not-found` for what does not exist or may not be seen. */
export async function getJob(queries: Queries, id: string, collections: readonly CollectionId[]): Promise<Job> {
  const [row] = await findJobRows(queries, [id as JobId])
  if (row === undefined || !collections.includes(row.collectionId as CollectionId)) {
    throw new IbidError("job-not-found", "Cannot find the job: there is none with this id")
  }
  return toJob(row)
}

async function setState(transaction: Queries, rows: readonly JobRow[], state: JobState): Promise<void> {
  const attempts = state === "parsing" ? sql`${jobs.attempts} + 1` : sql`${jobs.attempts}`
  await transaction
    .update(jobs)
    .set({ state, attempts, updatedAt: Date.now() })
    .where(
      inArray(
        jobs.id,
        rows.map((row) => row.id),
      ),
    )
  for (const row of rows) {
    await transaction
      .update(documents)
      .set({ state, code: null, message: null })
      .where(and(eq(documents.id, row.documentId), eq(documents.revision, row.revision)))
  }
}

function toJob(row: JobRow): Job {
  return {
    id: row.id as JobId,
    documentId: row.documentId as DocumentId,
    path: row.path,
    collection: row.collectionId,
    state: row.state,
    code: row.code,
    message: row.message,
    attempts: row.attempts,
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  }
}
