import { accept } from "../../ingest/accept.ts"
import { requireAdmin } from "../access/principal.ts"
import { readableCollections } from "../access/read-filter.ts"
import { IbidError } from "../core/errors.ts"
import type { CollectionId, Principal } from "../core/types.ts"
import { ensureGeneration, hasGeneration } from "../db/chunks.ts"
import { DEFAULT_COLLECTION, ensureCollection, listCollections, toCollectionId } from "../db/collections.ts"
import { listErasures } from "../db/erasures.ts"
import { getJob, hasUnfinished, listJobs } from "../db/jobs.ts"
import { requeueDocuments } from "../db/requeue.ts"
import { listTunings, undoTuning } from "../db/tunings.ts"
import { admitUpload } from "./admit-upload.ts"
import { answer, search } from "./answer.ts"
import { createAnswers } from "./answers.ts"
import { calibrate } from "./calibrate.ts"
import { createCatalogue } from "./catalogue.ts"
import { createCollections } from "./collections.ts"
import { createCredentials } from "./credentials.ts"
import { doctor } from "./doctor.ts"
import { requestErase } from "./erase.ts"
import { evaluate } from "./evaluate.ts"
import { createEvaluationShelf } from "./evaluation-shelf.ts"
import { createFolderTurns } from "./folder-turns.ts"
import { createIngestion } from "./ingestion.ts"
import type { KnowledgeBase } from "./knowledge-base.ts"
import { createModelShelf } from "./model-shelf.ts"
import { page } from "./page.ts"
import { type Parts, tunedWith } from "./parts.ts"
import { readiness } from "./readiness.ts"
import { createReceipts } from "./receipts.ts"
import { recover } from "./repair.ts"
import { createSystemStatus } from "./system-status.ts"
import { tune } from "./tune.ts"
import { warm } from "./warm.ts"
import { createWatching } from "./watching.ts"

/** Builds the application core from its parts. Registers the generation and the default collection. */
export async function createKnowledgeBase(parts: Parts): Promise<KnowledgeBase> {
  const { database, index, embedder, reader, generator } = parts
  // looked up first: reading has to work on a full disk too
  if (!(await hasGeneration(database.read, index.generation))) {
    await database.write(async (transaction) => {
      await ensureCollection(transaction, DEFAULT_COLLECTION)
      await ensureGeneration(transaction, index.generation, embedder.fingerprint)
    })
  }
  const mending = { ...parts, dimensions: embedder.dimensions }
  const recovered = await recover(mending)
  const turns = createFolderTurns()
  const ingestion = createIngestion(parts, turns)
  const watching = createWatching({ ...parts, ingestion, turns })
  const catalogue = createCatalogue(parts)
  const receipts = createReceipts(parts)
  const readable = async (principal: Principal): Promise<readonly CollectionId[]> =>
    readableCollections(principal, await listCollections(database.read))

  const models = () => ({
    generator: generator?.modelId ?? null,
    reader: reader?.modelId ?? null,
    embedder: embedder.modelId,
  })
  const shelf = createModelShelf(parts.modelStore, models)
  const status = createSystemStatus(parts, {
    models,
    readiness: () => readiness(parts, ingestion),
    doctor: async (options) => {
      options.onStep?.("wait")
      const found = await ingestion.exclusive(() => doctor(mending, options))
      const report = { ...found, notes: [...recovered, ...found.notes] }
      if (!options.repair) return report
      ingestion.wake()
      await ingestion.settle()
      const after = await ingestion.exclusive(() => doctor(mending, { repair: false }))
      return { ...after, notes: [...report.notes, ...after.notes.filter((note) => !report.notes.includes(note))] }
    },
  })

  return {
    ask: (question, call) => answer(question, parts, call, receipts.keeperOf(question, call.principal)),
    search: (question, call) => search(question, parts, call),
    embed: (texts, { kind, signal }) => embedder.embed(texts, { kind, ...(signal === undefined ? {} : { signal }) }),
    ...createAnswers(parts),

    ingest: async function* (paths, call) {
      requireAdmin(call.principal)
      const collectionId = toCollectionId(call.collection ?? DEFAULT_COLLECTION)
      yield* ingestion.run(paths, { collectionId, ...(call.signal === undefined ? {} : { signal: call.signal }) })
    },
    watch: (folder, call) => watching.watch(folder, call),
    listSources: (call) => watching.listSources(call),
    resumeSource: (id, options, call) => watching.resumeSource(id, options, call),
    upload: async (upload, call) => {
      requireAdmin(call.principal)
      await admitUpload(parts, ingestion)
      const { collection, modifiedAt, ...content } = upload
      const acceptance = await accept(
        {
          ...content,
          collectionId: toCollectionId(collection ?? DEFAULT_COLLECTION),
          root: "",
          modifiedAt: modifiedAt ?? Date.now(),
        },
        parts,
      )
      if (acceptance.type === "unchanged") return { documentId: acceptance.documentId, jobId: null }
      ingestion.wake()
      return { documentId: acceptance.documentId, jobId: acceptance.jobId }
    },

    ...catalogue,
    removeDocument: async (id, call) => {
      await catalogue.removeDocument(id, call)
      ingestion.wake() // also when the process ends now: dispose waits for it
    },

    eraseDocument: async (id, call) => {
      requireAdmin(call.principal)
      const { id: documentId } = await catalogue.getDocument(id, call)
      const erasureId = await requestErase(documentId, call.principal.id, parts)
      ingestion.wake()
      return erasureId
    },
    listErasures: async (call) => {
      requireAdmin(call.principal)
      const one = call.id === undefined ? {} : { id: call.id }
      return await page(call.page, (limit, after) => listErasures(database.read, { limit, ...after, ...one }))
    },

    listJobs: async (call) => {
      const collections = await readable(call.principal)
      const { state, isUnfinished, documentId } = call
      const narrowed = {
        collections,
        ...(state === undefined ? {} : { state }),
        ...(isUnfinished === undefined ? {} : { isUnfinished }),
        ...(documentId === undefined ? {} : { documentId }),
      }
      return await page(call.page, (limit, after) => listJobs(database.read, { ...narrowed, limit, ...after }))
    },
    cancelJob: async (id, call) => {
      requireAdmin(call.principal)
      const { id: jobId } = await getJob(database.read, id, await readable(call.principal))
      await ingestion.cancel(jobId)
    },
    retryDocument: async (id, call) => {
      requireAdmin(call.principal)
      const { id: documentId, state, report } = await catalogue.getDocument(id, call)
      // pages whose recognition has failed or was cancelled are as good a reason
      const isUnread =
        (report?.pagesToRecognise ?? []).length > 0 || (report?.weakPages ?? []).some(({ code }) => code !== undefined)
      const waits = isUnread && !(await hasUnfinished(database.read, documentId))
      if (state !== "failed" && !waits) {
        throw new IbidError("conflict", "Cannot try again: the document has not failed")
      }
      if ((await requeueDocuments(database, [documentId], parts.originals)).length === 0) {
        const message = "Cannot try again: the document's bytes were never stored; index its file again"
        throw new IbidError("conflict", message)
      }
      ingestion.wake()
    },
    getJob: async (id, call) => await getJob(database.read, id, await readable(call.principal)),
    listCollections: async (call) => await readable(call.principal),

    ...createCredentials(database),

    doctor: status.examine,
    evaluate: (set, options) => evaluate(set, parts, ingestion, options),
    tune: async function* (set, call) {
      requireAdmin(call.principal)
      yield* tune(set, toCollectionId(call.collection ?? DEFAULT_COLLECTION), parts, call)
    },
    listTunings: async (call) => {
      requireAdmin(call.principal)
      return await listTunings(database.read, await readable(call.principal), tunedWith(parts))
    },
    undoTuning: async (call) => {
      requireAdmin(call.principal)
      const collectionId = toCollectionId(call.collection ?? DEFAULT_COLLECTION)
      return await database.write((transaction) => undoTuning(transaction, collectionId, tunedWith(parts)))
    },
    calibrate: (set, options) => {
      if (generator === null) {
        throw new IbidError("model-missing", "Cannot calibrate: there is no language model")
      }
      return calibrate(set, generator, { parts, ingestion }, options)
    },
    resume: () => ingestion.wake(),
    warm: (signal) => warm(parts, signal),
    models,
    ...createCollections(parts, { wake: ingestion.wake, listSources: watching.listSources }),
    ...shelf,
    ...createEvaluationShelf(database),
    checkUp: status.checkUp,
    systemStatus: status.systemStatus,
    readiness: () => readiness(parts, ingestion),
    pausedBy: () => ingestion.state().pausedBy,
    dispose: async () => {
      await shelf.dispose()
      await watching.dispose()
      await ingestion.dispose()
      await receipts.settle()
      await parts.dispose()
    },
  }
}
