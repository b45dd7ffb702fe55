import type { ShelfBase } from "../../src/app/shelf-base.ts"
import { IbidError } from "../../src/core/errors.ts"
import type { CallOptions } from "../../src/core/types.ts"

const NO_DOCUMENTS = { queued: 0, parsing: 0, embedding: 0, indexed: 0, failed: 0 }
const WHEN = "2026-01-02T03:04:05.000Z"

/** For tests of what is not on the shelf: it holds nothing, and refuses as the real one does. */
export function createFakeShelf(): ShelfBase {
  const empty = { data: [], hasMore: false, cursor: null }
  return {
    countDocuments: async () => NO_DOCUMENTS,
    describeCollections: async () => [{ id: "default", createdAt: WHEN, documents: NO_DOCUMENTS }],
    createCollection: async (name, call) => {
      requireAdmin(call)
      return { id: name, createdAt: WHEN, documents: NO_DOCUMENTS }
    },
    removeCollection: async (_name, call) => {
      requireAdmin(call)
      throw new IbidError("collection-not-found", "Cannot find the collection: there is none with this name")
    },
    listModels: async (call) => {
      requireAdmin(call)
      return []
    },
    pullModel: async function* (id, call) {
      requireAdmin(call)
      yield { event: "model-pulled", id }
    },
    cancelPull: async (_id, call) => {
      requireAdmin(call)
      throw new IbidError("not-found", "Cannot cancel: the model is not being pulled")
    },
    useModel: async (_id, call) => requireAdmin(call),
    keepEvaluation: async (_evaluation, call) => {
      requireAdmin(call)
      return "evl_1"
    },
    listEvaluations: async (call) => {
      requireAdmin(call)
      return empty
    },
    getEvaluation: async () => noEvaluation(),
    compareRuns: async () => noEvaluation(),
    checkUp: async function* (call) {
      requireAdmin(call)
      yield { event: "report", report: { violations: [], notes: ["in memory"], documents: 0, chunks: 0 } }
    },
    systemStatus: async () => ({
      readiness: {
        ...{ ready: true, components: { index: "ok" } },
        ingestion: { queued: 0, toRecognise: 0, pausedBy: null, pausedSources: 0 },
      },
      server: null,
    }),
  }
}

function requireAdmin({ principal }: CallOptions): void {
  if (principal.role !== "admin") throw new IbidError("forbidden", "Cannot do this: the key is for reading")
}

function noEvaluation(): never {
  throw new IbidError("not-found", "Cannot find the evaluation: there is none with this id")
}
