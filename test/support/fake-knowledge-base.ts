import { createHash, randomUUID } from "node:crypto"
import type { AnsweredBase, KnowledgeBase } from "../../src/app/knowledge-base.ts"
import type { Page, PageRequest } from "../../src/app/page.ts"
import { IbidError, throwIfAborted } from "../../src/core/errors.ts"
import type {
  Answer,
  CallOptions,
  Citation,
  DocumentId,
  DocumentSummary,
  Evidence,
  Job,
  JobId,
  Passage,
  Principal,
  Question,
  Revision,
  SourceSummary,
} from "../../src/core/types.ts"
import { createFakeShelf } from "./fake-shelf.ts"

const WHEN = "2026-01-02T03:04:05.000Z"
const PAUSED: SourceSummary = {
  ...{ id: "src_1", collection: "default", root: "/docs", documents: 2, isWatched: false, ignore: ["*.tmp"] },
  ...{ maxFileBytes: null, watchedSince: WHEN, reconciledAt: WHEN, pausedAt: WHEN, pauseReason: "The folder is empty" },
}
const ABSTAINED = "The documents do not answer this question."

interface Stored {
  readonly summary: DocumentSummary
  readonly bytes: Uint8Array
  /** Form feeds part pages. */
  readonly text: string
}

/** A knowledge base in memory, for tests of the front ends: every member works, nothing is loaded. */
export function createFakeKnowledgeBase(): KnowledgeBase {
  const documents = new Map<string, Stored>()
  const erased: DocumentId[] = []
  const jobs = new Map<string, Job>()
  const keys = new Map<string, Principal>()
  const sessions = new Map<string, Principal>()

  const mayRead = ({ principal }: CallOptions, collection: string) =>
    principal.collections === "all" || principal.collections.some((one) => one === collection)
  const collectionsOf = (call: CallOptions) =>
    [...new Set(["default", ...[...documents.values()].map(({ summary }) => summary.collection)])].filter((name) =>
      mayRead(call, name),
    )
  const find = (id: string, call: CallOptions): Stored => {
    const found = documents.get(id)
    if (found === undefined || !mayRead(call, found.summary.collection)) {
      throw new IbidError("document-not-found", "Cannot find the document: there is none with this id")
    }
    return found
  }
  const passagesFor = (question: Question, call: CallOptions): Passage[] => {
    const wanted = question.collections ?? collectionsOf(call)
    if (wanted.some((name) => !collectionsOf(call).includes(name))) {
      throw new IbidError("collection-not-found", "Cannot find the collection: there is none with this name")
    }
    const words = wordsOf(question.question)
    return [...documents.values()]
      .filter(({ summary, text }) => wanted.includes(summary.collection) && wordsOf(text).some(isIn(words)))
      .slice(0, question.limit ?? 10)
      .map((stored, position) => toPassage(stored, position + 1))
  }
  const store: KnowledgeBase["upload"] = (upload, call) => {
    requireAdmin(call)
    if (upload.bytes.byteLength === 0) {
      return Promise.reject(new IbidError("empty-file", `Cannot store "${upload.path}": the file is empty`))
    }
    const collection = upload.collection ?? "default"
    const id = `doc_${digest(`${collection}/${upload.path}`).slice(0, 12)}` as DocumentId
    const revision = digest(upload.bytes) as Revision
    if (documents.get(id)?.summary.revision === revision) return Promise.resolve({ documentId: id, jobId: null })
    const text = new TextDecoder().decode(upload.bytes)
    const { path } = upload
    documents.set(id, {
      ...{ bytes: upload.bytes, text },
      summary: {
        ...{ id, collection, path, revision, title: upload.title ?? path, mediaType: upload.mediaType ?? "text/plain" },
        ...{ sizeBytes: upload.bytes.byteLength, state: "indexed", code: null, message: null, chunks: 1 },
        ...{ pages: text.split("\f").length, warnings: [], indexedAt: WHEN },
        ...{ report: null, isComplete: true, parentId: null },
        modifiedAt: upload.modifiedAt === undefined ? WHEN : new Date(upload.modifiedAt).toISOString(),
      },
    })
    const job: Job = {
      ...{ id: `job_${randomUUID()}` as JobId, documentId: id, path, collection, kind: "index", state: "indexed" },
      ...{ code: null, message: null, attempts: 1, createdAt: WHEN, updatedAt: WHEN },
    }
    jobs.set(job.id, job)
    return Promise.resolve({ documentId: id, jobId: job.id })
  }

  return {
    ask: async function* (question, call) {
      throwIfAborted(call.signal)
      if (question.model === "none-such") throw new IbidError("model-not-found", 'Cannot find the model "none-such"')
      const passages = passagesFor(question, call)
      const evidence = passages.map(toEvidence)
      yield { sequence: 1, type: "passages", passages }
      yield { sequence: 2, type: "evidence", evidence }
      const [best] = passages
      if (best === undefined) {
        yield { sequence: 3, type: "answer", answer: toAnswer(question, passages, undefined, call.answerId) }
        return
      }
      const citation = toCitation(best)
      const answer = toAnswer(question, passages, citation, call.answerId)
      yield { sequence: 3, type: "delta", text: answer.text.slice(0, 4) }
      throwIfAborted(call.signal)
      yield { sequence: 4, type: "delta", text: answer.text.slice(4) }
      yield { sequence: 5, type: "citation", citation }
      yield { sequence: 6, type: "answer", answer }
    },
    search: async (question, call) => {
      throwIfAborted(call.signal)
      const timings = { embedMs: 1, denseMs: 1, lexicalMs: 1, totalMs: 3 }
      return { question: question.question, passages: passagesFor(question, call), timings, generation: "fake" }
    },
    embed: async (texts, { kind, signal }) => {
      throwIfAborted(signal)
      return texts.map((text) => Float32Array.of(kind === "query" ? 0.6 : 0.8, text.length / 1_000))
    },
    ingest: async function* (paths, call) {
      requireAdmin(call)
      if (paths.includes("/missing")) {
        throw new IbidError("path-not-found", 'Cannot read "/missing": there is no such path')
      }
      let indexed = 0
      for (const path of paths) {
        throwIfAborted(call.signal)
        const collection = call.collection === undefined ? {} : { collection: call.collection }
        const bytes = new TextEncoder().encode(`Content of ${path}`)
        const { documentId, jobId } = await store({ path: path.replace(/^\//, ""), bytes, ...collection }, call)
        if (jobId === null) yield { event: "document-unchanged", documentId, path }
        else {
          indexed++
          const { revision, mediaType } = find(documentId, call).summary
          yield {
            ...{
              event: "document-indexed",
              documentId,
              path,
              revision,
              mediaType,
              pages: null,
              chunks: 1,
              warnings: [],
            },
          }
        }
      }
      const counts = { moved: 0, removed: 0, failed: 0, chunks: indexed, seconds: 0 }
      yield { event: "summary", indexed, unchanged: paths.length - indexed, ...counts }
    },
    watch: async function* (folder, call) {
      requireAdmin(call)
      if (folder.path === "/missing") throw new IbidError("path-not-found", 'Cannot read "/missing": there is none')
      yield { event: "document-removed", documentId: "doc_1" as DocumentId, path: `${folder.path}/a.md` }
      const counts = { indexed: 0, unchanged: 0, moved: 0, removed: 1, failed: 0, chunks: 0, seconds: 0 }
      yield { event: "summary", ...counts }
    },
    listSources: async (call) => {
      requireAdmin(call)
      return [PAUSED]
    },
    resumeSource: async (id, { confirmRemoval }, call) => {
      requireAdmin(call)
      if (id !== PAUSED.id)
        throw new IbidError("source-not-found", "Cannot find the folder: there is none with this id")
      if (!confirmRemoval) throw new IbidError("source-paused", 'Cannot go on with "/docs": The folder is empty')
      return { ...PAUSED, documents: 0, pausedAt: null, pauseReason: null }
    },
    upload: async (upload, call) => await store(upload, call),
    listDocuments: async (call) => {
      const { collection } = call
      if (collection !== undefined && !collectionsOf(call).includes(collection)) {
        throw new IbidError("collection-not-found", "Cannot find the collection: there is none with this name")
      }
      const readable = [...documents.values()]
        .map(({ summary }) => summary)
        .filter(
          (summary) =>
            mayRead(call, summary.collection) &&
            summary.collection === (collection ?? summary.collection) &&
            summary.state === (call.state ?? summary.state),
        )
      return pageOf(readable, call.page)
    },
    getDocument: async (id, call) => find(id, call).summary,
    readText: async (id, range, call) => {
      const { text } = find(id, call)
      const { start = 0, end = text.length } = range
      if (end < start || end > text.length) {
        throw new IbidError("invalid-request", `Cannot read the text: the range must lie within 0 and ${text.length}`)
      }
      return text.slice(start, end)
    },
    readLayout: async (id, call) => {
      const { summary, text } = find(id, call)
      const pages = text.split("\f").map((one, index, all) => {
        const start = all.slice(0, index).reduce((sum, before) => sum + before.length + 1, 0)
        return { page: index + 1, label: null, start, end: start + one.length }
      })
      return {
        ...{ documentId: summary.id, revision: summary.revision, length: text.length, isComplete: true, pages },
        parts: pages.map(({ page, start, end }) => ({ type: "paragraph", page, start, end })),
      }
    },
    readPage: async (id, page, call) => {
      const pages = find(id, call).text.split("\f")
      const text = pages[page - 1]
      if (text === undefined) throw new IbidError("not-found", "Cannot read the page: the document has none there")
      const start = pages.slice(0, page - 1).reduce((sum, one) => sum + one.length + 1, 0)
      return { page, label: null, start, end: start + text.length, text }
    },
    readOriginal: async (id, call) => {
      const { bytes, summary } = find(id, call)
      if ((call.revision ?? summary.revision) !== summary.revision) {
        throw new IbidError("not-found", "Cannot read the original: the document has another content now")
      }
      return { bytes, mediaType: summary.mediaType, path: summary.path }
    },
    listEmbedded: async (id, call) => {
      find(id, call)
      return [...documents.values()].map(({ summary }) => summary).filter(({ parentId }) => parentId === id)
    },
    removeDocument: async (id, call) => {
      requireAdmin(call)
      find(id, call)
      documents.delete(id)
    },
    eraseDocument: async (id, call) => {
      requireAdmin(call)
      find(id, call)
      documents.delete(id)
      erased.push(id as DocumentId)
      return `ers_${id}`
    },
    listErasures: async (call) => {
      requireAdmin(call)
      const requestedAt = new Date(0).toISOString()
      const all = erased.map((documentId) => ({
        ...{ id: `ers_${documentId}`, documentId, requestedAt, finishedAt: requestedAt, receipt: null },
      }))
      return pageOf(
        all.filter((one) => call.id === undefined || [one.id, one.documentId].includes(call.id)),
        call.page,
      )
    },
    listJobs: async (call) =>
      pageOf(
        [...jobs.values()].filter((job) => mayRead(call, job.collection) && job.state === (call.state ?? job.state)),
        call.page,
      ),
    cancelJob: async (id, call) => {
      requireAdmin(call)
      if (!jobs.has(id as JobId))
        throw new IbidError("job-not-found", "Cannot find the job: there is none with this id")
      throw new IbidError("conflict", "Cannot cancel the job: it is done already")
    },
    retryDocument: async (id, call) => {
      requireAdmin(call)
      if (!documents.has(id as DocumentId)) throw new IbidError("document-not-found", "Cannot find the document")
      throw new IbidError("conflict", "Cannot try again: the document has not failed")
    },
    getJob: async (id, call) => {
      const job = jobs.get(id)
      if (job === undefined || !mayRead(call, job.collection)) {
        throw new IbidError("job-not-found", "Cannot find the job: there is none with this id")
      }
      return job
    },
    ...withoutReceipts,
    ...createFakeShelf(),
    listCollections: async (call) => collectionsOf(call),
    authenticate: async (key) => keys.get(key),
    createKey: async ({ role, collections }) => {
      const key = `ibid_${randomUUID()}`
      keys.set(key, { id: `key_${keys.size}`, kind: "key", role, collections } as Principal)
      return key
    },
    countKeys: async () => keys.size,
    openSession: async (key, { replaced = "" } = {}) => {
      const principal = keys.get(key)
      if (principal === undefined) return undefined
      sessions.delete(replaced)
      const secret = randomUUID()
      sessions.set(secret, principal)
      return { secret, principal, lifetimeSeconds: 60 }
    },
    findSession: async (secret) => sessions.get(secret),
    closeSession: async (secret) => void sessions.delete(secret),
    doctor: async () => ({ violations: [], notes: ["in memory"], documents: documents.size, chunks: documents.size }),
    evaluate: () => {
      throw new IbidError("invalid-request", "Cannot measure: a base in memory has no index of its own")
    },
    tune: () => {
      throw new IbidError("invalid-request", "Cannot tune: a base in memory has no index of its own")
    },
    listTunings: async () => [],
    undoTuning: async () => {
      throw new IbidError("not-found", "Cannot undo: a base in memory has learnt nothing")
    },
    calibrate: () => {
      throw new IbidError("invalid-request", "Cannot measure: a base in memory has no index of its own")
    },
    resume: () => undefined,
    warm: async () => undefined,
    models: () => ({ generator: "fake-generator", reader: null, embedder: "fake-embedder" }),
    readiness: async () => ({
      ...{ ready: true, components: { index: "ok", ingestion: "ok" } },
      ingestion: { queued: 0, toRecognise: 0, pausedBy: null, pausedSources: 0 },
    }),
    pausedBy: () => null,
    dispose: async () => undefined,
  }
}

/** Nothing is kept: tests of receipts open a real base. */
const withoutReceipts: AnsweredBase = {
  getAnswer: async () => notFound(),
  listAnswers: async () => pageOf([]),
  replayAnswer: async () => notFound(),
  giveFeedback: async () => notFound(),
  listFeedback: async (call) => {
    requireAdmin(call)
    return { data: [], hasMore: false, cursor: null }
  },
  listConversations: async () => pageOf([]),
  listTurns: async () => notFound(),
  deleteConversation: async () => notFound(),
}

function requireAdmin({ principal }: CallOptions): void {
  if (principal.role !== "admin") throw new IbidError("forbidden", "Cannot do this: the key is for reading")
}

function notFound(): never {
  throw new IbidError("not-found", "Cannot find the answer: there is none with this id")
}

function pageOf<Item extends { readonly id: string }>(items: readonly Item[], request: PageRequest = {}): Page<Item> {
  const sorted = items.toSorted((left, right) => (left.id < right.id ? -1 : 1))
  const { cursor, limit = 100 } = request
  const rest = cursor === undefined ? sorted : sorted.filter((item) => item.id > cursor)
  const data = rest.slice(0, limit)
  const hasMore = rest.length > limit
  return { data, hasMore, cursor: hasMore ? (data.at(-1)?.id ?? null) : null }
}

function toPassage({ summary, text }: Stored, rank: number): Passage {
  const { id, path, title, revision } = summary
  const scores = { fused: 0.8, dense: 0.6, lexical: 11.3, reader: null }
  return {
    rank,
    documentId: id,
    path,
    title,
    revision,
    page: 1,
    start: 0,
    end: text.length,
    headingPath: [],
    text,
    scores,
  }
}

function toEvidence({ documentId, path, page, start, end, text }: Passage): Evidence {
  return { documentId, path, page, start, end, quote: text, score: 0.9 }
}

function toCitation({ documentId, path, title, revision, page, start, end, text }: Passage): Citation {
  return {
    ...{ marker: 1, documentId, path, title, revision, page, start, end, quote: text, verified: true },
    ...{ modifiedAt: WHEN, indexedAt: WHEN, changedSinceIndexed: false },
  }
}

function toAnswer(
  question: Question,
  passages: readonly Passage[],
  citation: Citation | undefined,
  id = `ans_${randomUUID()}`,
): Answer {
  const text = citation === undefined ? ABSTAINED : `${citation.quote} [1]`
  const isExtractive = citation === undefined || question.generate === false
  return {
    ...{ id, question: question.question, text, passages, evidence: passages.map(toEvidence) },
    status: citation === undefined ? "abstained" : "answered",
    mode: isExtractive ? "extractive" : "generated",
    sentences: citation === undefined ? [] : [{ text, citations: [1], supported: true }],
    citations: citation === undefined ? [] : [citation],
    ...{ confidence: citation === undefined ? 0.1 : 0.9, reason: citation === undefined ? "no-match" : null },
    ...{ warnings: [], receipt: null },
    model: { generator: isExtractive ? null : "fake-generator", reader: null, embedder: "fake-embedder" },
    timings: { retrieveMs: 1, evidenceMs: 1, firstTokenMs: 1, totalMs: 3 },
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}{4,}/gu) ?? []
}

function isIn(words: readonly string[]) {
  return (word: string) => words.includes(word)
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex")
}
