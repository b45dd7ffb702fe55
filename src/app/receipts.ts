import { setTimeout as delay } from "node:timers/promises"
import type { ModelIdentity, Receipt } from "../core/receipt.ts"
import { namesOfRoles } from "../core/roles.ts"
import type { Principal, Question, Warning } from "../core/types.ts"
import { insertReceipt } from "../db/receipts.ts"
import type { Keep, Told } from "./answer.ts"
import type { Parts } from "./parts.ts"

/** How long an answer waits for its receipt; a write takes some milliseconds unless others stand before it. */
const WAIT_MS = 200

export interface Receipts {
  /** Keeps the receipts of one principal's question. */
  keeperOf(question: Question, principal: Principal): Keep
  /** Resolves when all that is being written is written. */
  settle(): Promise<void>
}

/**
 * Writes receipts. The answer does not wait for one that takes long: it is said with a warning that the receipt is on its
 * way; one that cannot be written is logged, and said where that is known in time.
 */
export function createReceipts(parts: Parts): Receipts {
  const pending = new Set<Promise<Warning | undefined>>()
  const write = async (receipt: Receipt): Promise<Warning | undefined> => {
    try {
      await insertReceipt(parts.database, receipt, parts.receipts)
      return undefined
    } catch (error) {
      parts.log("error", "the receipt of an answer was not stored", { answer: receipt.id, error })
      return { code: "receipt-not-stored", message: "The receipt of this answer could not be stored: see the log" }
    }
  }
  return {
    keeperOf: (question, principal) => async (told) => {
      const { id } = told.answer
      const writing = write({
        ...{ id, createdAt: new Date().toISOString(), principalId: principal.id },
        conversationId: question.conversationId ?? null,
        question: told.answer.question,
        ...{ request: told.request, collections: told.collections, indexVersion: told.indexVersion },
        ...{ generation: parts.index.generation, build: parts.build, models: modelsOf(told, parts) },
        ...{ prompt: told.prompt, written: told.written, trace: told.trace, answer: { ...told.answer, receipt: id } },
      })
      pending.add(writing)
      void writing.finally(() => pending.delete(writing))
      const outcome = await Promise.race([writing, delay(WAIT_MS, "late" as const, { ref: false })])
      if (outcome === undefined) return { receipt: id, warnings: [] }
      if (outcome !== "late") return { receipt: null, warnings: [outcome] }
      const message = "The receipt of this answer is still being stored: other writes stand before it"
      return { receipt: id, warnings: [{ code: "receipt-late", message }] }
    },
    settle: async () => {
      await Promise.all(pending)
    },
  }
}

/** The models that an answer came from, with the hashes of their weights. */
export function modelsOf(
  { answer: { model }, adapter }: Pick<Told, "answer" | "adapter">,
  parts: Parts,
): Receipt["models"] {
  const identity = (id: string): ModelIdentity => ({ id, sha256: parts.hashOf(id) })
  const orNull = (id: string | null) => (id === null ? null : identity(id))
  return {
    generator:
      model.generator === null
        ? null
        : {
            ...{ ...identity(model.generator), roles: namesOfRoles(parts.rolesOf(model.generator)) },
            ...(adapter === null ? {} : { adapter }),
          },
    reader: orNull(model.reader),
    embedder: { ...identity(model.embedder), fingerprint: parts.embedder.fingerprint },
    ...(parts.entailment === null ? {} : { entailment: identity(parts.entailment.modelId) }),
  }
}
