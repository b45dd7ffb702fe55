import { MODEL_REFUSALS } from "./model-refusals.ts"
import type { Receipt } from "./receipt.ts"
import type { Answer, Citation, DocumentId, Evidence, Passage } from "./types.ts"

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

/** What stays is named, so that a field that is added some day goes with the rest. */
function redactAnswer(answer: Answer, isGone: (documentId: DocumentId) => boolean): Answer {
  const gone = new Set(answer.citations.filter(({ documentId }) => isGone(documentId)).map(({ marker }) => marker))
  const sentences = answer.sentences.map((sentence) =>
    sentence.citations.some((marker) => gone.has(marker)) ? { ...sentence, text: SOURCE_REMOVED } : sentence,
  )
  return {
    ...answer,
    text: gone.size === 0 ? answer.text : sentences.map(({ text }) => text).join(" "),
    sentences,
    citations: answer.citations.map((one) => (isGone(one.documentId) ? withoutQuote(one) : one)),
    evidence: answer.evidence.map((one) => (isGone(one.documentId) ? withoutSentence(one) : one)),
    passages: answer.passages.map((one) => (isGone(one.documentId) ? withoutText(one) : one)),
    warnings: answer.warnings.map((one) => (NAMELESS.has(one.code) ? one : { ...one, message: SOURCE_REMOVED })),
  }
}

/** Warnings whose message is the same whatever the documents. The others name documents, or hold words of theirs. */
const NAMELESS: ReadonlySet<string> = new Set(["lexical-unavailable", ...MODEL_REFUSALS])

function withoutQuote({ marker, documentId, revision, page, start, end, ...rest }: Citation): Citation {
  const { modifiedAt, indexedAt, changedSinceIndexed } = rest
  const texts = { path: SOURCE_REMOVED, title: SOURCE_REMOVED, quote: SOURCE_REMOVED, verified: false }
  return { marker, documentId, revision, page, start, end, modifiedAt, indexedAt, changedSinceIndexed, ...texts }
}

function withoutSentence({ documentId, page, start, end, score }: Evidence): Evidence {
  return { documentId, page, start, end, score, path: SOURCE_REMOVED, quote: SOURCE_REMOVED }
}

function withoutText({ rank, documentId, revision, page, start, end, scores }: Passage): Passage {
  const texts = { path: SOURCE_REMOVED, title: SOURCE_REMOVED, headingPath: [], text: SOURCE_REMOVED }
  return { rank, documentId, revision, page, start, end, scores, ...texts }
}
