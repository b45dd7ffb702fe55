import { IbidError } from "../core/errors.ts"
import type { Feedback, ShownReceipt } from "../core/receipt.ts"
import type { CallOptions } from "../core/types.ts"
import type { CommandBase } from "./knowledge-base.ts"
import type { SetDocument } from "./question-set.ts"

/** A question that feedback has made a test of, in the words of a set (INTERFACES, `eval`). */
export interface CollectedQuestion {
  readonly _id: string
  readonly text: string
  readonly answerable: boolean
  readonly answers: readonly string[]
  readonly quote?: string
}

export type Collected =
  | {
      readonly type: "question"
      readonly question: CollectedQuestion
      /** Ids of the corpus that answer it. */
      readonly relevant: readonly string[]
    }
  /** What a person has to say first: which document answers it, or that none does. */
  | {
      readonly type: "unlabelled"
      readonly question: {
        readonly _id: string
        readonly text: string
        readonly verdict: string
        readonly said: string | null
      }
    }
  | { readonly type: "document"; readonly document: SetDocument }

/** What collecting asks of a base, in this process or behind a server. */
export type CollectBase = Pick<CommandBase, "listFeedback" | "getAnswer" | "getDocument" | "readText">

/**
 * Questions for a set, from what people have said of answers: useful ones with their quote, those that rightly found
 * nothing, and those for which a person has named the document; then the documents that the answers have seen. What
 * rests on a text that has changed or gone is left to a person. Answers in `known` are passed over.
 */
export async function* collect(
  kb: CollectBase,
  known: ReadonlySet<string>,
  call: CallOptions,
): AsyncGenerator<Collected> {
  const seen = new Set(known)
  const documents = new Set<string>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<CollectBase["listFeedback"]>> = await kb.listFeedback({
      ...call,
      page: { limit: 100, ...(cursor === null ? {} : { cursor }) },
    })
    for (const feedback of page.data) {
      if (seen.has(feedback.answerId)) continue
      seen.add(feedback.answerId)
      const receipt = await kb.getAnswer(feedback.answerId, call)
      const question = await toQuestion(receipt, feedback, kb, call)
      yield question
      if (question.type !== "question") continue
      for (const { documentId, state } of receipt.sources) if (state !== "removed") documents.add(documentId)
      if (feedback.documentId !== null) documents.add(feedback.documentId)
    }
    cursor = page.cursor
  } while (cursor !== null)
  for (const id of documents) {
    const { title, indexedAt } = await kb.getDocument(id, call)
    if (indexedAt === null) continue
    yield {
      type: "document",
      document: { id: await corpusId(id, kb, call), title, text: await kb.readText(id, {}, call) },
    }
  }
}

async function toQuestion(
  receipt: ShownReceipt,
  feedback: Feedback,
  kb: CollectBase,
  call: CallOptions,
): Promise<Collected> {
  const { answer, request } = receipt
  const common = { _id: receipt.id, text: request.question }
  if (feedback.documentId !== null && (await isThere(feedback.documentId, kb, call))) {
    const relevant = [await corpusId(feedback.documentId, kb, call)]
    return { type: "question", question: { ...common, answerable: true, answers: [] }, relevant }
  }
  if (feedback.verdict === "useful" && answer.status === "abstained") {
    return { type: "question", question: { ...common, answerable: false, answers: [] }, relevant: [] }
  }
  const stateOf = new Map(receipt.sources.map(({ documentId, state }) => [documentId, state]))
  const isSound = answer.citations.every(({ documentId }) => stateOf.get(documentId) === "current")
  const [citation] = answer.citations
  if (feedback.verdict !== "useful" || citation === undefined || !isSound) {
    return { type: "unlabelled", question: { ...common, verdict: feedback.verdict, said: feedback.text } }
  }
  const cited = [...new Set(answer.citations.map(({ documentId }) => documentId))]
  const relevant = await Promise.all(cited.map((id) => corpusId(id, kb, call)))
  const answers = [answer.text.replace(/(?<!\s)\s*\[\d+\]/g, "").replace(/[“”]/g, "")]
  return { type: "question", question: { ...common, answerable: true, answers, quote: citation.quote }, relevant }
}

async function corpusId(documentId: string, kb: CollectBase, call: CallOptions): Promise<string> {
  const { collection, path } = await kb.getDocument(documentId, call)
  return `${collection}/${path}`
}

async function isThere(documentId: string, kb: CollectBase, call: CallOptions): Promise<boolean> {
  try {
    const { indexedAt } = await kb.getDocument(documentId, call)
    return indexedAt !== null
  } catch (thrown) {
    if (thrown instanceof IbidError && thrown.code === "document-not-found") return false
    throw thrown
  }
}
