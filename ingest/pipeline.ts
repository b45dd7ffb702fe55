import { type IbidError, throwIfAborted, toIbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { Embedder } from "../src/core/ports.ts"
import type { CollectionId, DocumentId, IndexedChunk, IngestEvent, Revision } from "../src/core/types.ts"
import { writeRevision } from "../src/db/chunks.ts"
import { listFolderSources, type Source } from "../src/db/collections.ts"
import { type DocumentRow, documentNotFound, findDocument } from "../src/db/documents.ts"
import { advanceJobs, failJob, findJobRows, type JobRow, listUnfinished } from "../src/db/jobs.ts"
import { type AcceptPorts, accept, readSource } from "./accept.ts"
import { chunk, embeddedText } from "./chunk.ts"
import { embed, embeddingKey } from "./embed.ts"
import type { ParserHost } from "./parser-host.ts"
import { type FoundFile, findFiles } from "./source.ts"
import { chunkId, type EmbeddedDocument, type StorePorts, store } from "./store.ts"

export interface PipelinePorts extends AcceptPorts, StorePorts {
  readonly embedder: Embedder
  readonly parserHost: ParserHost
}

/** Documents of one commit of the index: enough to sort by length, few enough to lose little work to a crash. */
const BATCH_DOCUMENTS = 48
const BATCH_BYTES = 8 * 1024 * 1024

/**
 * Indexes files and folders of this machine once. Yields an event a document and last the summary. One bad file is an
 * event and the run goes on; a missing model, a full disk and a cancellation end it, and what was accepted is done on
 * the next start.
 */
export async function* ingestPaths(
  paths: readonly string[],
  ports: PipelinePorts,
  options: { readonly collectionId: CollectionId; readonly signal?: AbortSignal },
): AsyncGenerator<IngestEvent> {
  const started = performance.now()
  const tally = { indexed: 0, unchanged: 0, failed: 0, chunks: 0, done: 0 }
  const found: FoundFile[] = []
  for await (const file of findFiles(paths, options)) found.push(file)
  for await (const event of run(acceptAll(found, ports, options), ports, options.signal)) {
    yield event
    if (event.event === "document-indexed") {
      tally.indexed++
      tally.chunks += event.chunks
    } else if (event.event === "document-unchanged") tally.unchanged++
    else tally.failed++
    tally.done++
    yield { event: "progress", done: tally.done, total: Math.max(found.length, tally.done) }
  }
  const seconds = Math.round(performance.now() - started) / 1000
  const { indexed, unchanged, failed, chunks } = tally
  yield { event: "summary", indexed, unchanged, moved: 0, removed: 0, failed, chunks, seconds }
}

/** Does all jobs that are not done, in the order in which they came. */
export async function* processUnfinished(ports: PipelinePorts, signal?: AbortSignal): AsyncGenerator<DocumentEvent> {
  for (;;) {
    const rows = await listUnfinished(ports.database.read, BATCH_DOCUMENTS)
    if (rows.length === 0) return
    yield* run(jobSteps(rows), ports, signal)
  }
}

type DocumentEvent = Extract<IngestEvent, { event: "document-indexed" | "document-unchanged" | "document-failed" }>
type Step = { readonly event: DocumentEvent } | { readonly job: JobRow; readonly sizeBytes: number }

/** source: stores each file's bytes and its job. */
async function* acceptAll(
  files: readonly FoundFile[],
  ports: PipelinePorts,
  options: { readonly collectionId: CollectionId; readonly signal?: AbortSignal },
): AsyncGenerator<Step> {
  const { collectionId } = options
  const sources = await listFolderSources(ports.database.read, collectionId)
  for (const file of files) {
    throwIfAborted(options.signal)
    if (file.type === "failure") {
      yield { event: failed(file.path, file.error) }
      continue
    }
    const place = placeIn(sources, file)
    try {
      const bytes = await readSource(file, ports.maxFileBytes)
      const acceptance = await accept({ collectionId, ...place, bytes, modifiedAt: file.modifiedAt }, ports)
      if (acceptance.type === "unchanged") {
        yield { event: { event: "document-unchanged", documentId: acceptance.documentId, path: place.path } }
        continue
      }
      const [job] = await findJobRows(ports.database.read, [acceptance.jobId])
      if (job !== undefined) yield { job, sizeBytes: file.sizeBytes }
    } catch (thrown) {
      const error = toIbidError(thrown)
      if (endsTheRun(error)) throw error
      yield { event: failed(place.path, error) }
    }
  }
}

async function* jobSteps(rows: readonly JobRow[]): AsyncGenerator<Step> {
  for (const job of rows) yield { job, sizeBytes: 0 }
}

/** The flow of a batch. The next batch is parsed while the one before is embedded. */
async function* run(
  steps: AsyncIterable<Step>,
  ports: PipelinePorts,
  signal: AbortSignal | undefined,
): AsyncGenerator<DocumentEvent> {
  let embedding: Promise<DocumentEvent[]> = Promise.resolve([])
  const flush = async (jobs: readonly JobRow[]): Promise<DocumentEvent[]> => {
    await advanceJobs(ports.database, jobs, "parsing")
    const prepared: Prepared[] = []
    const failures: DocumentEvent[] = []
    for (const job of jobs) {
      const outcome = await prepare(job, ports, signal)
      if (outcome === undefined) continue
      if ("event" in outcome) failures.push(outcome)
      else prepared.push(outcome)
    }
    const events = [...(await embedding), ...failures]
    embedding = embedAndStore(prepared, ports, signal)
    embedding.catch(() => undefined) // met again by the next await; must not count as unhandled until then
    return events
  }
  let jobs: JobRow[] = []
  let sizeBytes = 0
  for await (const step of steps) {
    throwIfAborted(signal)
    if ("event" in step) {
      yield step.event
      continue
    }
    jobs.push(step.job)
    sizeBytes += step.sizeBytes
    if (jobs.length < BATCH_DOCUMENTS && sizeBytes < BATCH_BYTES) continue
    yield* await flush(jobs)
    jobs = []
    sizeBytes = 0
  }
  if (jobs.length > 0) yield* await flush(jobs)
  yield* await embedding
}

interface Prepared {
  readonly job: JobRow
  readonly document: DocumentRow
  readonly title: string
  readonly pages: number | null
  readonly warnings: readonly string[]
  readonly chunks: readonly (Omit<IndexedChunk, "vector"> & { readonly key: string; readonly embedded: string })[]
}

/** parse ─▶ chunk: the text in its file, ranges and hashes in SQL. A document that is gone yields nothing. */
async function prepare(
  job: JobRow,
  ports: PipelinePorts,
  signal: AbortSignal | undefined,
): Promise<Prepared | DocumentEvent | undefined> {
  throwIfAborted(signal)
  const documentId = job.documentId as DocumentId
  const revision = job.revision as Revision
  const document = await findDocument(ports.database.read, documentId)
  if (document === undefined || document.revision !== revision) {
    await failJob(ports.database, job, documentNotFound())
    return undefined
  }
  try {
    const { document: parsed } = await ports.parserHost.parse({
      file: ports.originals.pathOf(revision),
      path: job.path,
      mediaType: document.mediaType,
      ...(signal === undefined ? {} : { signal }),
    })
    const title = parsed.title ?? job.title ?? fileTitle(job.path)
    const chunks = chunk(parsed).map((piece) => {
      const embedded = embeddedText(title, piece)
      return {
        ...piece,
        id: chunkId(documentId, piece.ordinal),
        ...{ documentId, revision, title, embedded },
        collectionId: document.collectionId as CollectionId,
        ...{ aclClass: document.aclClass, mediaType: document.mediaType, modifiedAt: document.modifiedAt },
        key: embeddingKey(ports.embedder.fingerprint, embedded),
      }
    })
    const textHash = await ports.texts.write(parsed.text)
    const { pages, warnings } = parsed
    const row = { documentId, revision, textHash, title, pages, warnings, chunkCount: chunks.length }
    await ports.database.write((transaction) =>
      writeRevision(
        transaction,
        { ...row, pageRanges: pageRanges(parsed.blocks) },
        chunks.map((piece) => ({
          ...{ documentId, revision, ordinal: piece.ordinal, start: piece.start, end: piece.end, page: piece.page },
          ...{ headingPath: piece.headingPath, textHash: sha256(piece.text), embeddingKey: piece.key },
        })),
      ),
    )
    return { job, document, title, pages, warnings, chunks }
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (endsTheRun(error)) throw error
    if (error.code === "internal") ports.log("error", "a document failed for an unexpected reason", { error: thrown })
    await failJob(ports.database, job, error)
    return failed(job.path, error)
  }
}

/** embed ─▶ store */
async function embedAndStore(
  batch: readonly Prepared[],
  ports: PipelinePorts,
  signal: AbortSignal | undefined,
): Promise<DocumentEvent[]> {
  await advanceJobs(
    ports.database,
    batch.map(({ job }) => job),
    "embedding",
  )
  const texts = new Map(batch.flatMap(({ chunks }) => chunks.map(({ key, embedded }) => [key, embedded])))
  const vectors = await embed(texts, ports, signal)
  const embedded: EmbeddedDocument[] = batch.map(({ job, document, chunks }) => ({
    job,
    document,
    chunks: chunks.map(({ key, embedded: _, ...piece }) => ({ ...piece, vector: vectorOf(vectors, key) })),
  }))
  await store(embedded, ports)
  return batch.map(({ job, document, pages, chunks, warnings }) => ({
    event: "document-indexed",
    documentId: job.documentId as DocumentId,
    path: job.path,
    revision: job.revision as Revision,
    mediaType: document.mediaType,
    pages,
    chunks: chunks.length,
    warnings,
  }))
}

function vectorOf(vectors: ReadonlyMap<string, Float32Array>, key: string): Float32Array {
  const vector = vectors.get(key)
  if (vector === undefined) throw new RangeError("A chunk has no vector")
  return vector
}

/** The deepest known source that holds the file, so that a folder within a folder does not make documents twice. */
function placeIn(
  sources: readonly Source[],
  file: Extract<FoundFile, { type: "file" }>,
): { root: string; path: string } {
  const root = sources
    .map((source) => source.root)
    .filter((candidate) => file.absolutePath.startsWith(`${candidate}/`))
    .reduce((deepest, candidate) => (candidate.length > deepest.length ? candidate : deepest), "")
  const chosen = root === "" ? file.root : root
  return { root: chosen, path: file.absolutePath.slice(chosen.length + 1) }
}

function pageRanges(blocks: readonly { page: number | null; start: number; end: number }[]) {
  const ranges = new Map<number, { page: number; start: number; end: number }>()
  for (const { page, start, end } of blocks) {
    if (page === null) continue
    const range = ranges.get(page)
    if (range === undefined) ranges.set(page, { page, start, end })
    else range.end = Math.max(range.end, end)
  }
  return [...ranges.values()]
}

/** `annual-report_2026.pdf` → `annual report 2026` */
function fileTitle(path: string): string {
  const name = path.split("/").at(-1) ?? path
  return name.replace(/\.[^.]+$/, "").replace(/[-_]+/g, " ")
}

/** Reasons that concern every document, not this one. */
function endsTheRun(error: IbidError): boolean {
  return ["cancelled", "disk-full", "model-missing", "model-damaged", "model-unavailable"].includes(error.code)
}

function failed(path: string, error: IbidError): DocumentEvent {
  return { event: "document-failed", path, code: error.code, message: error.message }
}
