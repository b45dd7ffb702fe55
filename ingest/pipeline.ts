import PQueue from "p-queue"
import { crashPoint } from "../src/core/crash-point.ts"
import { type ErrorCode, IbidError, throwIfAborted, toIbidError } from "../src/core/errors.ts"
import type { Embedder } from "../src/core/ports.ts"
import type { DocumentId, IngestEvent, JobId, RecognisedPage, Revision } from "../src/core/types.ts"
import {
  beginEmbedding,
  failJob,
  findUnfinished,
  type JobRow,
  leaseJobs,
  releaseLeases,
  retryJob,
} from "../src/db/jobs.ts"
import { findRecognised } from "../src/db/recognised.ts"
import { lexicalText } from "./chunk.ts"
import { hasRoom } from "./disk-room.ts"
import { embed } from "./embed.ts"
import { type Prepared, type PreparePorts, prepare, writePrepared } from "./prepare.ts"
import { createBeginningPublisher } from "./publish-beginning.ts"
import { type RecognisePorts, recognisePages } from "./recognise-pages.ts"
import { type Standing, standingOf } from "./standing.ts"
import { type EmbeddedDocument, removeUnneeded, store, storeBeginning } from "./store.ts"

export interface PipelinePorts extends PreparePorts, RecognisePorts {
  readonly embedder: Embedder
  /** Room that indexing leaves on the disk; absent means 1 GiB. */
  readonly minFreeBytes?: number
}

export interface QueueOptions {
  /** Who takes the jobs; one name a process. */
  readonly owner: string
  readonly signal: AbortSignal
  /** Ends one job that is being parsed or recognised. */
  signalOf(jobId: string): AbortSignal
}

/** What became of a job, in the order in which they end. */
export interface JobOutcome {
  readonly jobId: string
  /** Null where another attempt follows, or where the job was ended meanwhile: cancelled, overtaken, removed. */
  readonly event: DocumentEvent | null
  readonly willRetry: boolean
  /** Jobs that came of it: embedded files, pages to recognise. */
  readonly spawned: readonly JobId[]
}

type DocumentEvent = Extract<IngestEvent, { event: "document-indexed" | "document-failed" | "document-recognised" }>

/** Documents of one commit of the index: enough to sort by length, few enough to lose little work to a crash. */
const BATCH_DOCUMENTS = 48
const BATCH_BYTES = 8 * 1024 * 1024
/** The parser has the next document while the one before is given its place; a large one is a batch of its own. */
const PREPARED_AHEAD = 3
/** A document of more chunks is searchable from its beginning on while the rest is embedded: so many at a time. */
const LONG_CHUNKS = 256
/** What is searchable first: about a second of embedding. */
const FIRST_CHUNKS = 32
/** What has more recognised pages than the time before by so much is indexed anew. */
const GROWTH = 1.7
/**
 * Time limit of the stage: a model that answers nothing is no reason to wait for ever. The embedder, which ends its
 * silent processes itself and finds out who is at fault, is given the time for it.
 */
const EMBED_TIMEOUT_MS = 300_000
const EMBED_TIMEOUT_PER_TEXT_MS = 2_000

/**
 * Does all jobs that are due: documents first, and when none waits, one page after the other of those that wait for
 * recognition. One bad file is an outcome and the flow goes on. Throws what concerns all of them: `disk-full`, a
 * missing model, `cancelled`; what was accepted stays queued.
 */
export async function* processQueue(ports: PipelinePorts, options: QueueOptions): AsyncGenerator<JobOutcome> {
  try {
    yield* indexWaiting(ports, options)
    for (;;) {
      const [job] = await lease("recognise", ports, options)
      if (job === undefined) return
      yield* recognise(job, ports, options)
      yield* indexWaiting(ports, options)
    }
  } finally {
    await releaseLeases(ports.database, options.owner)
  }
}

/** The flow of a batch: parse ─▶ chunk ─▶ embed ─▶ store. The next batch is parsed while the one before is embedded. */
async function* indexWaiting(ports: PipelinePorts, options: QueueOptions): AsyncGenerator<JobOutcome> {
  let embedding: Promise<JobOutcome[]> = Promise.resolve([])
  try {
    for (let isWaiting = true; isWaiting; ) {
      const jobs = await lease("index", ports, options)
      const { prepared, outcomes } = await prepareAll(jobs, ports, options)
      yield* outcomes
      const done = await embedding
      yield* done
      embedding = embedAndStore(prepared, ports, options)
      embedding.catch(() => undefined) // met again by the next await; must not count as unhandled until then
      isWaiting = jobs.length > 0 || done.length > 0
    }
    yield* await embedding
  } finally {
    await embedding.catch(() => undefined) // thrown above where it is met; here it only has to be over
  }
}

async function lease(kind: JobRow["kind"], ports: PipelinePorts, options: QueueOptions): Promise<JobRow[]> {
  throwIfAborted(options.signal)
  if (!(await hasRoom(ports.scratch, ports.minFreeBytes))) {
    throw new IbidError("disk-full", "Cannot index: the disk is almost full; what is queued waits for room")
  }
  const [limit, sizeBytes] = kind === "index" ? [BATCH_DOCUMENTS, BATCH_BYTES] : [1, 1]
  const jobs = await leaseJobs(ports.database, { kind, owner: options.owner, limit, sizeBytes })
  if (jobs.length > 0) crashPoint("job-leased")
  return jobs
}

async function prepareAll(
  jobs: readonly JobRow[],
  ports: PipelinePorts,
  options: QueueOptions,
): Promise<{ readonly prepared: readonly Prepared[]; readonly outcomes: readonly JobOutcome[] }> {
  const prepared: Prepared[] = []
  const outcomes: JobOutcome[] = []
  const ahead = new PQueue({ concurrency: PREPARED_AHEAD })
  const standing = await standingOf(jobs, ports.database)
  try {
    let ended: { readonly thrown: unknown } | undefined
    const inTurn = async (job: JobRow): Promise<Prepared | JobOutcome> => {
      if (ended !== undefined) throw ended.thrown // what ends the run is not met again by each that waits
      try {
        return await prepareOne(job, standing(job), ports, options)
      } catch (thrown) {
        ended ??= { thrown }
        throw thrown
      }
    }
    const results = await Promise.allSettled(jobs.map((job) => ahead.add(() => inTurn(job))))
    for (const result of results) {
      if (result.status === "rejected") continue
      if ("jobId" in result.value) outcomes.push(result.value)
      else prepared.push(result.value)
    }
    if (ended !== undefined) throw ended.thrown
    if (prepared.length > 0) {
      await writePrepared(prepared, ports, { areComplete: !prepared.some((one) => isLong(one)) })
    }
  } catch (thrown) {
    for (const { release } of prepared) release()
    throw thrown
  }
  return { prepared, outcomes }
}

async function prepareOne(
  job: JobRow,
  standing: Standing,
  ports: PipelinePorts,
  options: QueueOptions,
): Promise<Prepared | JobOutcome> {
  const signal = AbortSignal.any([options.signal, options.signalOf(job.id)])
  const beginnings = createBeginningPublisher(
    async (beginning) => {
      await writePrepared([beginning], ports, { areComplete: false })
      await embedInSteps(beginning, ports, signal)
      await embedBeginning(beginning, beginning.chunks.length, ports, signal)
    },
    async ({ release, row }) => {
      release()
      await removeUnneeded([row.textHash], ports)
    },
  )
  try {
    throwIfAborted(signal)
    const prepared = await prepare(job, ports, {
      ...standing,
      signal,
      onBeginning: (beginning) => beginnings.offer(beginning),
    })
    await beginnings.end().catch((failure: unknown) => {
      prepared.release()
      throw failure
    })
    return prepared
  } catch (thrown) {
    await beginnings.end().catch(() => undefined) // the document fails for the reason that came first
    return await failed(job, thrown, ports, options)
  }
}

/** embed ─▶ store */
async function embedAndStore(
  batch: readonly Prepared[],
  ports: PipelinePorts,
  options: QueueOptions,
): Promise<JobOutcome[]> {
  try {
    const unfinished = await findUnfinished(
      ports.database.read,
      batch.map(({ job }) => job.id),
    )
    const wanted = batch.filter(({ job }) => unfinished.has(job.id))
    const outcomes = batch.filter((one) => !wanted.includes(one)).map(({ job }) => ended(job))
    if (wanted.length === 0) return outcomes
    await beginEmbedding(
      ports.database,
      wanted.map(({ job }) => job),
    )
    for (const one of wanted) if (isLong(one)) await embedInSteps(one, ports, options.signal)
    const rests = wanted.map((one) => ({ one, from: one.indexed.count(one.chunks) }))
    const vectors = await vectorsOf(
      rests.flatMap(({ one, from }) => one.chunks.slice(from)),
      ports,
      options.signal,
    )
    crashPoint("embedded")
    const recognition = await store(
      rests.map(({ one, from }) => ({
        ...withVectors(one, { from, to: one.chunks.length }, vectors),
        ...{ texts: one.chunks.map(({ text }) => text), awaitsRecognition: awaits(one) },
      })),
      ports,
    )
    return [...outcomes, ...wanted.map((one) => indexed(one, recognition.get(one.job.id)))]
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (endsTheRun(error) || options.signal.aborted) throw error
    const [only] = batch
    if (batch.length === 1 && only !== undefined) return [await failed(only.job, thrown, ports, options)]
    const outcomes: JobOutcome[] = []
    for (const one of batch) outcomes.push(...(await embedAndStore([one], ports, options)))
    return outcomes
  } finally {
    for (const { release } of batch) release()
  }
}

/** What is searchable of a document grows from its beginning on, up to the last step, which is left to the caller. */
async function embedInSteps(prepared: Prepared, ports: PipelinePorts, signal: AbortSignal): Promise<void> {
  for (;;) {
    const from = prepared.indexed.count(prepared.chunks)
    const to = from === 0 ? FIRST_CHUNKS : from + LONG_CHUNKS
    if (to >= prepared.chunks.length) return
    await embedBeginning(prepared, to, ports, signal)
  }
}

/** Makes the first chunks searchable; those that are stay as they are. */
async function embedBeginning(
  prepared: Prepared,
  to: number,
  ports: PipelinePorts,
  signal: AbortSignal,
): Promise<void> {
  const from = prepared.indexed.count(prepared.chunks)
  const vectors = await vectorsOf(prepared.chunks.slice(from, to), ports, signal)
  await storeBeginning(withVectors(prepared, { from, to }, vectors), ports)
  prepared.indexed.put(prepared.chunks, to)
}

async function vectorsOf(
  chunks: Prepared["chunks"],
  ports: PipelinePorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Float32Array>> {
  const limit = AbortSignal.timeout(EMBED_TIMEOUT_MS + chunks.length * EMBED_TIMEOUT_PER_TEXT_MS)
  try {
    return await embed(chunks, ports, AbortSignal.any([signal, limit]))
  } catch (cause) {
    if (!limit.aborted || signal.aborted) throw cause
    throw new IbidError("deadline-exceeded", "Cannot embed the document: the model does not answer", { cause })
  }
}

function withVectors(
  { job, document, title, chunks }: Prepared,
  { from, to }: { readonly from: number; readonly to: number },
  vectors: ReadonlyMap<string, Float32Array>,
): Omit<EmbeddedDocument, "texts" | "awaitsRecognition"> {
  return {
    ...{ job, document, from },
    chunks: chunks.slice(from, to).map(({ key, embedded: _, ...piece }, place) => {
      const vector = vectors.get(key)
      if (vector === undefined) throw new RangeError("A chunk has no vector")
      return { ...piece, vector, lexicalText: lexicalText(title, chunks, from + place) }
    }),
  }
}

/** Reads pages until the document has them all; it is indexed anew as their number grows, and other documents go first. */
async function* recognise(job: JobRow, ports: PipelinePorts, options: QueueOptions): AsyncGenerator<JobOutcome> {
  const signal = AbortSignal.any([options.signal, options.signalOf(job.id)])
  try {
    let published = 2
    for await (const pages of recognisePages(job, ports, signal)) {
      yield* indexWaiting(ports, options)
      if (!(await findUnfinished(ports.database.read, [job.id])).has(job.id)) return yield ended(job)
      if (pages < published * GROWTH) continue
      const { prepared } = await prepareAll([job], ports, options)
      for (const one of prepared) {
        await embedBeginning(one, one.chunks.length, ports, signal).finally(one.release)
      }
      published = pages
    }
  } catch (thrown) {
    return yield await failed(job, thrown, ports, options)
  }
  const { prepared, outcomes } = await prepareAll([job], ports, options)
  yield* outcomes
  const done = await embedAndStore(prepared, ports, options)
  crashPoint("recognition-finished")
  const pages = await findRecognised(ports.database.read, job.revision as Revision)
  yield* done.map((outcome) =>
    outcome.event?.event === "document-indexed" ? { ...outcome, event: recognised(job, pages) } : outcome,
  )
}

function recognised(job: JobRow, pages: readonly RecognisedPage[]): DocumentEvent {
  const read = pages.filter(({ code }) => code === undefined)
  const sum = read.reduce((total, { confidence }) => total + confidence, 0)
  return {
    ...{ event: "document-recognised", documentId: job.documentId as DocumentId, path: job.path },
    pages: read.length,
    confidence: read.length === 0 ? 0 : Math.round(sum / read.length),
  }
}

function indexed({ job, document, pages, chunks, warnings, spawned }: Prepared, recognition?: JobId): JobOutcome {
  return {
    jobId: job.id,
    willRetry: false,
    spawned: recognition === undefined ? spawned : [...spawned, recognition],
    event: {
      ...{ event: "document-indexed", documentId: job.documentId as DocumentId, path: document.path },
      ...{ revision: job.revision as Revision, mediaType: document.mediaType, pages },
      ...{ chunks: chunks.length, warnings },
    },
  }
}

/** The job was cancelled, its document removed, or a newer content has taken its place. */
function ended(job: JobRow): JobOutcome {
  return { jobId: job.id, event: null, willRetry: false, spawned: [] }
}

/** Keeps the reason with the job, or queues it again where another attempt may help. Throws what ends the run. */
async function failed(job: JobRow, thrown: unknown, ports: PipelinePorts, options: QueueOptions): Promise<JobOutcome> {
  const error = toIbidError(thrown)
  if (options.signal.aborted || (endsTheRun(error) && !options.signalOf(job.id).aborted)) throw error
  if (!(await findUnfinished(ports.database.read, [job.id])).has(job.id)) return ended(job)
  if (error.code === "internal") ports.log("error", "a document failed for an unexpected reason", { error: thrown })
  if (RETRIED.has(error.code)) {
    if (await retryJob(ports.database, job, error)) return { ...ended(job), willRetry: true }
  } else await failJob(ports.database, job, error)
  if (error.code === "document-not-found") return ended(job)
  const event = { event: "document-failed", path: job.path, code: error.code, message: error.message } as const
  return { jobId: job.id, event, willRetry: false, spawned: [] }
}

/** Another attempt may end otherwise: a process was killed, a model was busy. */
const RETRIED: ReadonlySet<ErrorCode> = new Set(["parse-crashed", "embedding-failed", "deadline-exceeded", "internal"])

/** Reasons that concern every document, not this one. */
function endsTheRun(error: IbidError): boolean {
  return ["cancelled", "disk-full", "model-missing", "model-damaged", "model-unavailable"].includes(error.code)
}

function awaits(prepared: Prepared): boolean {
  return prepared.report.pagesToRecognise.length > 0
}

/** Longer than one step, and nothing is searchable that the beginning would take the place of. */
function isLong({ document, chunks }: Prepared): boolean {
  return chunks.length > LONG_CHUNKS && document.indexedRevision === null
}
