import type { DropReason, Receipt, ShownReceipt } from "../core/receipt.ts"
import { documentsOf, redactReceipt, SOURCE_REMOVED } from "../core/redact-answer.ts"
import type { CollectionId, DocumentId, Passage, Principal } from "../core/types.ts"
import type { Database } from "../db/client.ts"
import { findRevisions } from "../db/documents.ts"
import { listFeedbackOf } from "../db/feedback.ts"
import type { ContentStore } from "../db/files.ts"
import { listPresent } from "../db/receipts.ts"

/** Stands for the text of a passage whose document has a newer content: receipts keep quotes, not passages. */
const SOURCE_CHANGED = "source changed"

export interface Viewer {
  readonly principal: Principal
  readonly readable: readonly CollectionId[]
}

/**
 * A receipt as its reader may see it now: without the texts of documents that are gone or in collections that are closed
 * to the reader. The passages' texts come from the stored texts, where these are still the same.
 */
export async function showReceipt(
  receipt: Receipt,
  { principal, readable }: Viewer,
  ports: { readonly database: Database; readonly texts: ContentStore },
): Promise<ShownReceipt> {
  const { read } = ports.database
  const mentioned = documentsOf(receipt.answer)
  const present = await listPresent(read, mentioned, readable)
  const revisions = await findRevisions(read, [...present])
  // a document that is back under its name has not brought back what was removed
  const isGone = (id: DocumentId) => !present.has(id) || isRedacted(receipt, id)
  const { answer, ...shown } = redactReceipt(receipt, isGone)
  const passages: Passage[] = []
  for (const passage of answer.passages) {
    const stored = revisions.get(passage.documentId)
    const isSame = stored?.revision === passage.revision
    const text = isSame ? (await ports.texts.readText(stored.textHash))?.slice(passage.start, passage.end) : undefined
    passages.push(isGone(passage.documentId) ? passage : { ...passage, text: text ?? SOURCE_CHANGED })
  }
  const stateOf = (id: DocumentId) => {
    if (isGone(id)) return "removed"
    const then = [...answer.passages, ...answer.citations].find(({ documentId }) => documentId === id)?.revision
    return revisions.get(id)?.revision === then ? "current" : "changed"
  }
  return {
    ...shown,
    trace: { ...shown.trace, candidates: shown.trace.candidates.filter(({ dropped }) => maySee(principal, dropped)) },
    answer: { ...answer, passages },
    sources: mentioned.map((documentId) => {
      const path = answer.passages.find((passage) => passage.documentId === documentId)?.path ?? SOURCE_REMOVED
      return { documentId, path, state: stateOf(documentId) }
    }),
    feedback: await listFeedbackOf(read, receipt.id),
  }
}

/** What SQL would not let the principal see is not named to it either. */
function maySee(principal: Principal, dropped: DropReason | null): boolean {
  return principal.role === "admin" || dropped !== "no-access"
}

function isRedacted({ answer }: Receipt, id: DocumentId): boolean {
  return answer.passages.some(({ documentId, path }) => documentId === id && path === SOURCE_REMOVED)
}
