import { readableCollections } from "../access/read-filter.ts"
import { IbidError, throwIfAborted } from "../core/errors.ts"
import { MODEL_BUSY } from "../core/model-refusals.ts"
import type { CallOptions, DocumentId } from "../core/types.ts"
import { listCollections } from "../db/collections.ts"
import { findSummary } from "../db/documents.ts"
import { findTuning } from "../db/tunings.ts"
import { understand } from "../retrieval/understand.ts"
import { answer, lastAnswer, rank } from "./answer.ts"
import { type Evaluation, metricsOf } from "./answer-metrics.ts"
import { indexSet } from "./index-set.ts"
import type { Ingestion } from "./ingestion.ts"
import { holdsAnswer, ndcgAtK, recallAtK, reciprocalRankAtK, wordOverlap } from "./metrics.ts"
import { type Parts, tunedWith } from "./parts.ts"
import { isNewToReader, type QuestionSet, type SetQuestion, spread } from "./question-set.ts"
import { type AnswerValues, type QuestionValues, type SearchValues, toAnswerValues } from "./question-values.ts"
import { openValueCaches, type ValueCache } from "./value-cache.ts"

export interface EvaluateOptions {
  /** Number of questions, spread evenly over the set. */
  readonly limit?: number
  /** Runs the whole answer flow too. */
  readonly answers: boolean
  readonly generate: boolean
  /** Measures again what an earlier run in the same folder has measured. */
  readonly fresh?: boolean
}

export type EvaluateEvent =
  | {
      readonly type: "progress"
      readonly stage: "index" | "search" | "answer"
      readonly done: number
      readonly total: number
    }
  | { readonly type: "evaluation"; readonly evaluation: Evaluation }

/** Enough for recall at 100 documents. */
const CANDIDATES = 150
/** A citation is right when it holds half of the gold sentence's content words. */
const RIGHT_OVERLAP = 0.5

/**
 * Measures retrieval, and with `answers` the whole flow, on a set. The values of each question are kept in the data
 * folder as soon as they are there; a later run takes them from it while nothing has changed. The last event is the
 * evaluation.
 */
export async function* evaluate(
  set: QuestionSet,
  parts: Parts,
  ingestion: Ingestion,
  options: EvaluateOptions & CallOptions,
): AsyncGenerator<EvaluateEvent> {
  const started = performance.now()
  let [documents, failedDocuments] = [0, 0]
  for await (const event of indexSet(set, parts, ingestion, options.signal)) {
    if (event.event === "document-failed") failedDocuments++
    if (event.event === "progress") {
      documents = event.total
      yield { type: "progress", stage: "index", done: event.done, total: event.total }
    }
  }
  const indexSeconds = (performance.now() - started) / 1000

  const collections = readableCollections(options.principal, await listCollections(parts.database.read))
  const tuning = await findTuning(parts.database.read, collections, tunedWith(parts))
  const caches = openValueCaches(set, parts, { ...options, tuning: tuning?.id ?? null })
  const questions = spread(set.questions, options.limit)
  const searched = questions.filter((question) => hasRelevant(question, set))
  const asked = options.answers ? questions.filter(isNewToReader) : []
  const ids = new Map<DocumentId, string>()
  const search = { stage: "search" as const, questions: searched, cache: caches.search }
  const found = yield* measureAll({ ...search, measure: (one) => searchFor(one, set, ids, parts, options) }, options)
  const ask = { stage: "answer" as const, questions: asked, cache: caches.answers }
  const answered = yield* measureAll({ ...ask, measure: (one) => answerOf(one, set, parts, options) }, options)

  const perQuestion = questions.flatMap(({ id }): QuestionValues[] => {
    const [one, other] = [found.values.get(id), answered.values.get(id)]
    if (one === undefined && other === undefined) return []
    return [{ id, ...(one === undefined ? {} : { search: one }), ...(other === undefined ? {} : { answer: other }) }]
  })
  const { generator, reader, embedder } = parts
  yield {
    type: "evaluation",
    evaluation: {
      ...{ set: set.name, documents, failedDocuments, queries: searched.length },
      ...metricsOf(perQuestion, indexSeconds),
      build: parts.build,
      models: {
        generator: options.generate ? (generator?.modelId ?? null) : null,
        reader: reader?.modelId ?? null,
        embedder: embedder.modelId,
      },
      cached: { search: found.cached, answers: answered.cached },
      perQuestion,
    },
  }
}

/** Values by question, those that are kept first. */
async function* measureAll<Values>(
  work: {
    readonly stage: "search" | "answer"
    readonly questions: readonly SetQuestion[]
    readonly cache: ValueCache<Values>
    readonly measure: (question: SetQuestion) => Promise<Values>
  },
  { signal }: CallOptions,
): AsyncGenerator<EvaluateEvent, { readonly values: Map<string, Values>; readonly cached: number }> {
  const { stage, questions, cache, measure } = work
  const values = new Map<string, Values>()
  let cached = 0
  for (const [position, question] of questions.entries()) {
    throwIfAborted(signal)
    const kept = cache.get(question)
    const measured = kept ?? (await measure(question))
    if (kept === undefined) cache.put(question, measured)
    else cached++
    values.set(question.id, measured)
    yield { type: "progress", stage, done: position + 1, total: questions.length }
  }
  return { values, cached }
}

async function searchFor(
  question: SetQuestion,
  set: QuestionSet,
  ids: Map<DocumentId, string>,
  parts: Parts,
  call: CallOptions,
): Promise<SearchValues> {
  const gains = set.relevance.get(question.id) ?? new Map<string, number>()
  const began = performance.now()
  const { retrieval, ranked } = await rank(understand({ question: question.text }), CANDIDATES, parts, call)
  const searchMs = performance.now() - began
  const toIds = (hits: readonly { readonly documentId: DocumentId }[]) => corpusIds(hits, ids, set, parts)
  const found = await toIds(ranked)
  return {
    ndcg10: ndcgAtK(found, gains, 10),
    recall10: recallAtK(found, gains, 10),
    recall100: recallAtK(found, gains, 100),
    mrr10: reciprocalRankAtK(found, gains, 10),
    lexical: ndcgAtK(await toIds(retrieval.lexical), gains, 10),
    dense: ndcgAtK(await toIds(retrieval.dense), gains, 10),
    firstStage: ndcgAtK(await toIds(retrieval.fused), gains, 10),
    searchMs,
  }
}

/** Throws `overloaded` where the model had no time: quotes alone would be measured in its name. */
async function answerOf(
  question: SetQuestion,
  set: QuestionSet,
  parts: Parts,
  options: EvaluateOptions & CallOptions,
): Promise<AnswerValues> {
  const { principal, signal, generate } = options
  const call = { principal, ...(signal === undefined ? {} : { signal }) }
  const given = await lastAnswer(answer({ question: question.text, generate }, parts, call))
  if (given.warnings.some(({ code }) => code === MODEL_BUSY)) {
    throw new IbidError("overloaded", "Cannot measure: the language model is busy with other questions")
  }
  return toAnswerValues(question, given, {
    hasGold: hasRelevant(question, set) && (question.quote !== null || question.answers.length > 0),
    isRight: (quote, path) => isRightQuote(quote, path, question, set),
  })
}

/** Whether the set names a document for it; a gain of 0 says that one is not relevant. */
function hasRelevant({ id }: SetQuestion, set: QuestionSet): boolean {
  return [...(set.relevance.get(id)?.values() ?? [])].some((gain) => gain > 0)
}

/** Whether a quote of a document is what the set expects: of a relevant document, with the gold sentence or answer. */
export function isRightQuote(quote: string, path: string, question: SetQuestion, set: QuestionSet): boolean {
  if ((set.relevance.get(question.id)?.get(corpusId(path, set)) ?? 0) <= 0) return false
  if (question.quote !== null) return wordOverlap(quote, question.quote) >= RIGHT_OVERLAP
  return holdsAnswer(quote, question.answers)
}

/** Documents in the order of their best chunk, by the ids of the set, each once. */
async function corpusIds(
  hits: readonly { readonly documentId: DocumentId }[],
  known: Map<DocumentId, string>,
  set: QuestionSet,
  parts: Parts,
): Promise<string[]> {
  const found = new Set<string>()
  for (const { documentId } of hits) {
    let id = known.get(documentId)
    if (id === undefined) {
      id = corpusId((await findSummary(parts.database.read, documentId))?.path ?? documentId, set)
      known.set(documentId, id)
    }
    found.add(id)
  }
  return [...found]
}

/** The set's own id of a document: its path in `docs`, else the id of its line in the corpus. */
function corpusId(path: string, set: QuestionSet): string {
  return set.docs === null ? path.replace(/\.txt$/, "") : path
}
