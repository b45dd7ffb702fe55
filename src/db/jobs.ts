import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { CollectionId, DocumentId, Job, JobId, JobState } from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { documents, jobs } from "./schema.ts"
import { slices } from "./slices.ts"

export type JobRow = typeof jobs.$inferSelect

/** States of a job that is not done. */
export const UNFINISHED: readonly JobState[] = ["queued", "parsing", "embedding"]

/** How long a job belongs to who took it; renewed while it is being done. */
export const LEASE_MS = 60_000
/** Failures that another attempt may cure are tried so often. */
const MOST_ATTEMPTS = 3
/** A job that so many processes took and did not survive is given up. */
const MOST_INTERRUPTIONS = 12
/** From here on a job is done alone, so that others do not share its fate. */
const INTERRUPTIONS_ALONE = 3
/** From here on a file is no part of a batch, so that small ones do not wait for it. */
const LARGE_BYTES = 1024 * 1024
const BACKOFF_MS = [1_000, 15_000] as const
const LONGEST_BACKOFF_MS = Math.max(...BACKOFF_MS)
/** More than what size, novelty and the order of a group add to the time of creation (`create-jobs.ts`). */
const LONGEST_DELAY_MS = 320_000

export interface LeaseRequest {
  readonly kind: JobRow["kind"]
  /** Who takes them; one name a process. */
  readonly owner: string
  readonly limit: number
  /** The batch ends with the job that reaches this size. */
  readonly sizeBytes: number
}

/**
 * Takes the jobs that are due next, in order, for as long as the lease is renewed; their first stage begins. No clock
 * takes a job from who does it: what the owner holds, it gives back itself. A lease of another that ends further in the future than leases last
 * comes from a clock that was set back, and does not hold; jobs that are due in such a future were accepted before all
 * others. Jobs that too many processes did not survive are given up here, with the reason.
 */
export async function leaseJobs(database: Database, request: LeaseRequest): Promise<JobRow[]> {
  return await database.write(async (transaction) => {
    const now = Date.now()
    const isOver = or(lt(jobs.leasedUntil, now), gt(jobs.leasedUntil, now + LEASE_MS))
    const isFree = or(isNull(jobs.leasedUntil), and(ne(jobs.leaseOwner, request.owner), isOver))
    const waiting = await transaction
      .select()
      .from(jobs)
      .where(and(eq(jobs.kind, request.kind), inArray(jobs.state, [...UNFINISHED]), isFree))
      .orderBy(asc(sql`${jobs.dueAt} <= ${now + LONGEST_DELAY_MS}`), asc(jobs.dueAt), asc(jobs.id))
      .limit(request.limit)
    const batch: JobRow[] = []
    let sizeBytes = 0
    for (const row of waiting) {
      // a retry waits for its time; the others only stand in the order of theirs
      if (row.attempts > 0 && row.dueAt > now && row.dueAt <= now + LONGEST_BACKOFF_MS) continue
      if (row.interruptions >= MOST_INTERRUPTIONS) {
        await giveUp(transaction, row)
        continue
      }
      const isAlone = row.interruptions >= INTERRUPTIONS_ALONE || row.sizeBytes >= LARGE_BYTES
      if (isAlone && batch.length > 0) break
      batch.push(row)
      sizeBytes += row.sizeBytes
      if (sizeBytes >= request.sizeBytes || isAlone) break
    }
    const lease = { leaseOwner: request.owner, leasedUntil: now + LEASE_MS }
    if (batch.length > 0) await setState(transaction, batch, "parsing")
    for (const part of slices(batch.map((row) => row.id))) {
      await transaction
        .update(jobs)
        .set({ ...lease, interruptions: sql`${jobs.interruptions} + 1` })
        .where(inArray(jobs.id, part))
    }
    return batch.map((row) => ({ ...row, ...lease, state: "parsing", interruptions: row.interruptions + 1 }))
  })
}

/** Keeps the leases of a process that is at work. */
export async function renewLeases(database: Database, owner: string): Promise<void> {
  await database.write(async (transaction) => {
    await transaction
      .update(jobs)
      .set({ leasedUntil: Date.now() + LEASE_MS })
      .where(and(eq(jobs.leaseOwner, owner), inArray(jobs.state, [...UNFINISHED])))
  })
}

/** Gives jobs back that ended without an outcome and through no fault of theirs, or all of a data folder on start. */
export async function releaseLeases(database: Database, owner?: string): Promise<void> {
  const interruptions = owner === undefined ? sql`${jobs.interruptions}` : sql`max(${jobs.interruptions} - 1, 0)`
  await database.write(async (transaction) => {
    await transaction
      .update(jobs)
      .set({ leaseOwner: null, leasedUntil: null, state: "queued", interruptions })
      .where(
        and(
          isNotNull(jobs.leaseOwner),
          owner === undefined ? undefined : eq(jobs.leaseOwner, owner),
          inArray(jobs.state, [...UNFINISHED]),
        ),
      )
  })
}

async function giveUp(transaction: Queries, row: JobRow): Promise<void> {
  const times = row.interruptions
  const message = `Cannot index ${JSON.stringify(row.path)}: given up after ${times} attempts that ended with the process`
  await endWith(transaction, row, { code: "gave-up", message })
}

/** Which of these jobs are still to be done: not cancelled, not overtaken by a newer content, not removed. */
export async function findUnfinished(queries: Queries, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const part of slices(ids)) {
    const rows = await queries
      .select({ id: jobs.id })
      .from(jobs)
      .where(and(inArray(jobs.id, part), inArray(jobs.state, [...UNFINISHED])))
    for (const row of rows) found.add(row.id)
  }
  return found
}

/** Whether a document has a job that is not done. */
export async function hasUnfinished(queries: Queries, documentId: DocumentId): Promise<boolean> {
  const rows = await queries
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.documentId, documentId), inArray(jobs.state, [...UNFINISHED])))
    .limit(1)
  return rows.length > 0
}

/** Milliseconds until the next job that waits for another attempt is due; undefined when none waits. */
export async function msToNextAttempt(queries: Queries): Promise<number | undefined> {
  const rows = await queries
    .select({ dueAt: jobs.dueAt })
    .from(jobs)
    .where(and(inArray(jobs.state, [...UNFINISHED]), gt(jobs.attempts, 0)))
    .orderBy(asc(jobs.dueAt))
    .limit(1)
  const dueAt = rows[0]?.dueAt
  return dueAt === undefined ? undefined : Math.min(Math.max(dueAt - Date.now(), 0), LONGEST_BACKOFF_MS)
}

/** Ids of all jobs that are not done. */
export async function listUnfinished(queries: Queries): Promise<JobId[]> {
  const rows = await queries
    .select({ id: jobs.id })
    .from(jobs)
    .where(inArray(jobs.state, [...UNFINISHED]))
  return rows.map((row) => row.id as JobId)
}

/** How many jobs are not done, by kind. */
export async function countUnfinished(queries: Queries): Promise<{ index: number; recognise: number }> {
  const rows = await queries
    .select({ kind: jobs.kind, jobs: count() })
    .from(jobs)
    .where(inArray(jobs.state, [...UNFINISHED]))
    .groupBy(jobs.kind)
  const of = (kind: JobRow["kind"]) => rows.find((row) => row.kind === kind)?.jobs ?? 0
  return { index: of("index"), recognise: of("recognise") }
}

export async function findJobRows(queries: Queries, ids: readonly JobId[]): Promise<JobRow[]> {
  return await queries
    .select()
    .from(jobs)
    .where(inArray(jobs.id, [...ids]))
}

/** Says that jobs and their documents have come to the second stage. */
export async function beginEmbedding(database: Database, rows: readonly JobRow[]): Promise<void> {
  if (rows.length > 0) await database.write((transaction) => setState(transaction, rows, "embedding"))
}

/** Part of the transaction that makes a batch searchable. */
export async function finishJobs(transaction: Queries, rows: readonly JobRow[]): Promise<void> {
  await setState(transaction, rows, "indexed")
}

/** Keeps the reason with the job and the document; what was searchable before stays so. */
export async function failJob(database: Database, row: JobRow, error: IbidError): Promise<void> {
  await database.write((transaction) => endWith(transaction, row, error))
}

/**
 * Queues a job again after a failure that another attempt may cure, later each time. False when it has had its
 * attempts, and has failed with this reason.
 */
export async function retryJob(database: Database, row: JobRow, error: IbidError): Promise<boolean> {
  const attempts = row.attempts + 1
  const wait = BACKOFF_MS[attempts - 1]
  if (attempts >= MOST_ATTEMPTS || wait === undefined) {
    await failJob(database, row, error)
    return false
  }
  const { code, message } = error
  const now = Date.now()
  await database.write(async (transaction) => {
    await transaction
      .update(jobs)
      .set({
        ...{ state: "queued", code, message, attempts, dueAt: now + wait, updatedAt: now },
        ...{ leaseOwner: null, leasedUntil: null, interruptions: 0 },
      })
      .where(and(eq(jobs.id, row.id), inArray(jobs.state, [...UNFINISHED])))
  })
  return true
}

async function endWith(
  transaction: Queries,
  row: JobRow,
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  const failure = { state: "failed", code: error.code, message: error.message } as const
  await transaction
    .update(jobs)
    .set({ ...failure, attempts: row.attempts + 1, leaseOwner: null, leasedUntil: null, updatedAt: Date.now() })
    .where(eq(jobs.id, row.id))
  if (row.kind === "recognise") return // The document stays searchable as far as it was read.
  await transaction
    .update(documents)
    .set(failure)
    .where(and(eq(documents.id, row.documentId), eq(documents.revision, row.revision)))
  await writeAudit(transaction, "failed", [row.documentId as DocumentId])
}

/** Ends a job that waits or is being done. Throws `job-not-found`, `conflict` when it is done already. */
export async function cancelJob(database: Database, id: JobId): Promise<JobRow> {
  return await database.write(async (transaction) => {
    const [row] = await findJobRows(transaction, [id])
    if (row === undefined) throw jobNotFound()
    if (!UNFINISHED.includes(row.state)) {
      throw new IbidError("conflict", "Cannot cancel the job: it is done already", { context: { state: row.state } })
    }
    await endWith(transaction, row, { code: "cancelled", message: "The job was cancelled" })
    return row
  })
}

/** Newest first; `after` is the id of the last job of the page before. */
export async function listJobs(
  queries: Queries,
  query: {
    readonly collections: readonly CollectionId[]
    readonly limit: number
    readonly state?: JobState
    /** Only those that wait or are being done. */
    readonly isUnfinished?: boolean
    readonly documentId?: string
    readonly after?: string
  },
): Promise<Job[]> {
  if (query.collections.length === 0) return []
  const cursor =
    query.after === undefined
      ? undefined
      : lt(sql`(${jobs.createdAt}, ${jobs.id})`, sql`(SELECT created_at, id FROM jobs WHERE id = ${query.after})`)
  const rows = await queries
    .select()
    .from(jobs)
    .where(
      and(
        inArray(jobs.collectionId, [...query.collections]),
        query.state === undefined ? undefined : eq(jobs.state, query.state),
        query.isUnfinished === true ? inArray(jobs.state, [...UNFINISHED]) : undefined,
        query.documentId === undefined ? undefined : eq(jobs.documentId, query.documentId),
        cursor,
      ),
    )
    .orderBy(desc(jobs.createdAt), desc(jobs.id))
    .limit(query.limit)
  return rows.map(toJob)
}

/** Throws `job-not-found` for what does not exist or may not be seen. */
export async function getJob(queries: Queries, id: string, collections: readonly CollectionId[]): Promise<Job> {
  const [row] = await findJobRows(queries, [id as JobId])
  if (row === undefined || !collections.includes(row.collectionId as CollectionId)) {
    throw jobNotFound()
  }
  return toJob(row)
}

/** The same words for what does not exist and for what one may not see. */
function jobNotFound(): IbidError {
  return new IbidError("job-not-found", "Cannot find the job: there is none with this id")
}

async function setState(
  transaction: Queries,
  rows: readonly JobRow[],
  state: "parsing" | "embedding" | "indexed",
): Promise<void> {
  const end = state === "indexed" ? { leaseOwner: null, leasedUntil: null } : {}
  const news = { state, code: null, message: null }
  for (const part of slices(rows.map((row) => row.id))) {
    await transaction
      .update(jobs)
      .set({
        ...news,
        ...end,
        ...(state === "indexed" ? { attempts: sql`${jobs.attempts} + 1` } : {}),
        updatedAt: Date.now(),
      })
      .where(and(inArray(jobs.id, part), inArray(jobs.state, [...UNFINISHED])))
  }
  const contents = rows.filter(({ kind }) => kind !== "recognise").map((row) => [row.documentId, row.revision])
  await transaction
    .update(documents)
    .set(news)
    .where(
      sql`(${documents.id}, ${documents.revision}) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(contents)}))`,
    )
}

function toJob(row: JobRow): Job {
  return {
    id: row.id as JobId,
    documentId: row.documentId as DocumentId,
    path: row.path,
    collection: row.collectionId,
    kind: row.kind,
    state: row.state,
    code: row.code,
    message: row.message,
    attempts: row.attempts,
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  }
}
