import { requireAdmin } from "../access/principal.ts"
import { readableCollections } from "../access/read-filter.ts"
import { IbidError } from "../core/errors.ts"
import type { CallOptions, CollectionId, DocumentSummary } from "../core/types.ts"
import { listCollections } from "../db/collections.ts"
import { deleteConversation, listConversations, listTurns } from "../db/conversations.ts"
import { documentNotFound, findByName } from "../db/documents.ts"
import { listFeedback, writeFeedback } from "../db/feedback.ts"
import { getReceipt, listReceipts } from "../db/receipts.ts"
import { explainDocument } from "./explain-document.ts"
import type { AnsweredBase } from "./knowledge-base.ts"
import { page } from "./page.ts"
import type { Parts } from "./parts.ts"
import { replay } from "./replay.ts"
import { showReceipt } from "./show-receipt.ts"

const VERDICTS = ["useful", "wrong", "missing-document"]
const LONGEST_FEEDBACK = 4_000

/** What was answered: receipts, replays, feedback, conversations. */
export function createAnswers(parts: Parts): AnsweredBase {
  const { database } = parts
  const readable = async ({ principal }: CallOptions): Promise<readonly CollectionId[]> =>
    readableCollections(principal, await listCollections(database.read))

  const viewer = async (call: CallOptions) => ({ principal: call.principal, readable: await readable(call) })

  /** By id or path; throws `document-not-found` also for what the principal may not read. */
  const findDocument = async (name: string, call: CallOptions): Promise<DocumentSummary> => {
    const found = await findByName(database.read, name, await readable(call))
    if (found === undefined) throw documentNotFound()
    return found
  }

  return {
    getAnswer: async (id, call) => {
      const shown = await showReceipt(await getReceipt(database.read, id, call.principal), await viewer(call), parts)
      if (call.document === undefined) return shown
      return { ...shown, document: explainDocument(shown, await findDocument(call.document, call)) }
    },
    listAnswers: async (call) =>
      await page(call.page, (limit, after) =>
        listReceipts(database.read, { principal: call.principal, limit, ...after }),
      ),
    replayAnswer: async (id, call) => {
      const receipt = await getReceipt(database.read, id, call.principal)
      const viewing = await viewer(call)
      const again = await replay(receipt, viewing.readable, parts, call)
      // the text of then is shown as far as it may still be read
      return { ...again, originalText: (await showReceipt(receipt, viewing, parts)).answer.text }
    },
    giveFeedback: async (id, { verdict, text, document }, call) => {
      if (!VERDICTS.includes(verdict) || (text ?? "").length > LONGEST_FEEDBACK) {
        const state = `the verdict is one of ${VERDICTS.join(", ")}, a text has up to ${LONGEST_FEEDBACK} characters`
        throw new IbidError("invalid-request", `Cannot keep the feedback: ${state}`)
      }
      await getReceipt(database.read, id, call.principal)
      const documentId = document === undefined ? null : (await findDocument(document, call)).id
      return await writeFeedback(database, { answerId: id, verdict, text: text ?? null, documentId }, call.principal)
    },
    listFeedback: async (call) => {
      requireAdmin(call.principal)
      return await page(call.page, (limit, after) => listFeedback(database.read, { limit, ...after }))
    },
    listConversations: async (call) =>
      await page(call.page, (limit, after) =>
        listConversations(database.read, { principal: call.principal, limit, ...after }),
      ),
    listTurns: async (id, call) => await listTurns(database.read, call.principal, id),
    deleteConversation: async (id, call) => await deleteConversation(database, call.principal, id),
  }
}
