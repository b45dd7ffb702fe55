import type { Receipt } from "./receipt.ts"
import type { Answer, DocumentId } from "./types.ts"

/** Stands where a text or a name of a document was. */
export const SOURCE_REMOVED = "source removed"

/** The documents of which an answer holds a text or a name. */
export function documentsOf(answer: Answer): DocumentId[] {
  const places = [...answer.passages, ...answer.evidence, ...answer.citations]
  return [...new Set(places.map(({ documentId }) => documentId))]
}

/**
 * A receipt without any text or name of some documents: their passages, evidence and citations, the sentences that rest
 * on them, what was written from them, and warnings that name them. Ids, places and scores stay.
 */
export function redactReceipt<Kept extends Pick<Receipt, "answer" | "written">>(
  receipt: Kept,
  isGone: (documentId: DocumentId) => boolean,
): Kept {
  const { answer } = receipt
  if (!documentsOf(answer).some(isGone)) return receipt
  const [best] = answer.evidence
  return {
    ...receipt,
    answer: redactAnswer(answer, isGone),
    written: best !== undefined && isGone(best.documentId) ? null : receipt.written,
  }
}

function redactAnswer(answer: Answer, isGone: (documentId: DocumentId) => boolean): Answer {
  const gone = new Set(answer.citations.filter(({ documentId }) => isGone(documentId)).map(({ marker }) => marker))
  const sentences = answer.sentences.map((sentence) =>
    sentence.citations.some((marker) => gone.has(marker)) ? { ...sentence, text: SOURCE_REMOVED } : sentence,
  )
  const names = [...answer.passages, ...answer.evidence, ...answer.citations]
    .filter(({ documentId }) => isGone(documentId))
    .map(({ path }) => path)
  const mentions = (message: string) => names.some((name) => message.includes(name))
  return {
    ...answer,
    text: gone.size === 0 ? answer.text : sentences.map(({ text }) => text).join(" "),
    sentences,
    citations: answer.citations.map((citation) =>
      isGone(citation.documentId)
        ? { ...citation, path: SOURCE_REMOVED, title: SOURCE_REMOVED, quote: SOURCE_REMOVED, verified: false }
        : citation,
    ),
    evidence: answer.evidence.map((evidence) =>
      isGone(evidence.documentId) ? { ...evidence, path: SOURCE_REMOVED, quote: SOURCE_REMOVED } : evidence,
    ),
    passages: answer.passages.map((passage) =>
      isGone(passage.documentId)
        ? { ...passage, path: SOURCE_REMOVED, title: SOURCE_REMOVED, headingPath: [], text: SOURCE_REMOVED }
        : passage,
    ),
    // the message of a withheld sentence holds words of what was written
    warnings: answer.warnings.map((warning) =>
      mentions(warning.message) ||
      (warning.code === "sentence-withheld" && isGone(answer.evidence[0]?.documentId ?? ("" as DocumentId)))
        ? { ...warning, message: SOURCE_REMOVED }
        : warning,
    ),
  }
}
