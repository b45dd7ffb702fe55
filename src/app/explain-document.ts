import type { CandidateTrace, DocumentUse, DropReason, PassageTrace, ShownReceipt } from "../core/receipt.ts"
import type { DocumentSummary } from "../core/types.ts"

/**
 * Why a document was used for an answer or was not: the last place at which it was seen, from the searches to the
 * citations. `document` is as it is now, which says more where no search has found it.
 */
export function explainDocument(receipt: ShownReceipt, document: DocumentSummary): DocumentUse {
  const { answer, trace } = receipt
  const { id: documentId, path } = document
  const mine = ({ chunkId }: CandidateTrace) => chunkId.startsWith(`${documentId}:`)
  const common = {
    ...{ documentId, path },
    candidates: trace.candidates.filter(mine),
    passages: trace.passages.filter((passage) => passage.documentId === documentId),
  }
  const citation = answer.citations.find((one) => one.documentId === documentId)
  if (citation !== undefined) {
    return {
      ...common,
      outcome: "cited",
      reason: "cited",
      message: `It is quoted in the answer as [${citation.marker}].`,
    }
  }
  const evidence = answer.evidence.findIndex((one) => one.documentId === documentId)
  if (evidence >= 0) return { ...common, outcome: "evidence", ...whyNotCited(evidence + 1, receipt) }
  const [passage] = common.passages
  if (passage !== undefined) return { ...common, outcome: "passage", ...whyNoEvidence(passage, receipt) }
  const [best] = common.candidates
  if (best !== undefined) {
    const reason = best.dropped ?? "limit"
    return { ...common, outcome: "dropped", reason, message: `It was found (${foundAs(best)}), ${DROPPED[reason]}.` }
  }
  return { ...common, outcome: "not-found", ...whyNotFound(receipt, document) }
}

type Why = Pick<DocumentUse, "reason" | "message">

function whyNotCited(place: number, { answer, trace }: ShownReceipt): Why {
  const rank = `Its best sentence is number ${place} of the evidence`
  if (answer.reason === "weak-evidence") {
    const confidence = trace.support.confidence.toFixed(2)
    return { reason: "not-enough-support", message: `${rank}, but nothing supports an answer enough (${confidence}).` }
  }
  if (answer.reason !== null)
    return { reason: answer.reason, message: `${rank}, but its quote did not stand the check.` }
  return { reason: "better-evidence", message: `${rank}; the answer rests on better sentences.` }
}

function whyNoEvidence(passage: PassageTrace, { trace }: ShownReceipt): Why {
  const rank = `Its best passage has rank ${passage.rank}`
  if (!passage.isRead) {
    const read = trace.passages.filter(({ isRead }) => isRead).length
    return { reason: "not-read", message: `${rank}; only the first ${read} are read for evidence.` }
  }
  if (passage.sentences.length === 0) {
    return { reason: "no-sentences", message: `${rank}, but it holds no sentence that could be quoted.` }
  }
  return { reason: "weaker-sentences", message: `${rank}; the sentences of others bear more on the question.` }
}

const DROPPED = {
  "not-searchable": "but was removed or replaced at that moment",
  "no-access": "but the one who asked may not see it",
  "text-damaged": "but its stored text was damaged",
  excluded: "but holds what the question excludes",
  "other-time": "but its file was changed at a time that the question does not ask for",
  "same-text": "but a better passage has the same text",
  limit: "but better passages filled the places",
} as const satisfies Record<DropReason, string>

function foundAs({ denseRank, lexicalRank, fusedRank }: CandidateTrace): string {
  const arms = [
    ...(denseRank === null ? [] : [`rank ${denseRank} by meaning`]),
    ...(lexicalRank === null ? [] : [`rank ${lexicalRank} by words`]),
  ]
  return `${arms.join(", ")}; ${fusedRank} of both`
}

function whyNotFound({ collections, request, createdAt, trace }: ShownReceipt, document: DocumentSummary): Why {
  if (!collections.some((collection) => collection === document.collection)) {
    return { reason: "not-in-collections", message: "Its collection was not searched." }
  }
  const { documentIds, mediaTypes, modifiedAfter, modifiedBefore } = request.filters ?? {}
  const isFiltered =
    (documentIds !== undefined && !documentIds.includes(document.id)) ||
    (mediaTypes !== undefined && !mediaTypes.includes(document.mediaType)) ||
    (modifiedAfter !== undefined && Date.parse(document.modifiedAt) < Date.parse(modifiedAfter)) ||
    (modifiedBefore !== undefined && Date.parse(document.modifiedAt) > Date.parse(modifiedBefore))
  if (isFiltered) return { reason: "filtered", message: "The filters of the question leave it out." }
  if (document.indexedAt === null) {
    const state = document.message ?? document.state
    return { reason: "not-indexed", message: `It is not searchable: ${state}.` }
  }
  if (Date.parse(document.indexedAt) > Date.parse(createdAt)) {
    return { reason: "indexed-later", message: "Its content was indexed after the question was asked." }
  }
  const best = trace.candidates.length
  return {
    reason: "not-among-candidates",
    message: `Neither search has it among its best: ${best} chunks were better.`,
  }
}
