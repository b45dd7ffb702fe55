import { accept } from "../../ingest/accept.ts"
import { throwIfAborted } from "../core/errors.ts"
import type { CallOptions, CollectionId, DocumentId, IngestEvent } from "../core/types.ts"
import { DEFAULT_COLLECTION } from "../db/collections.ts"
import { findSummary } from "../db/documents.ts"
import { understand } from "../retrieval/understand.ts"
import { answer, lastAnswer, rank } from "./answer.ts"
import {
  abstentionMetrics,
  answerMetrics,
  type Evaluation,
  type Outcome,
  rounded,
  timingsOf,
} from "./answer-metrics.ts"
import type { Ingestion } from "./ingestion.ts"
import { mean, ndcgAtK, normalizeAnswer, percentile, recallAtK, reciprocalRankAtK, wordOverlap } from "./metrics.ts"
import type { Parts } from "./parts.ts"
import { type QuestionSet, readCorpus, type SetQuestion } from "./question-set.ts"

export interface EvaluateOptions {
  /** Number of questions, spread evenly over the set. */
  readonly limit?: number
  /** Runs the whole answer flow too. */
  readonly answers: boolean
  readonly generate: boolean
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
/** The reader was trained on these questions: they count for retrieval alone. */
const TRAINED_SPLIT = "reader-train"
/** A citation is right when it holds half of the gold sentence's content words. */
const RIGHT_OVERLAP = 0.5

/** Measures retrieval, and with `answers` the whole flow, on a set. The last event is the evaluation. */
export async function* evaluate(
  set: QuestionSet,
  parts: Parts,
  ingestion: Ingestion,
  options: EvaluateOptions & CallOptions,
): AsyncGenerator<EvaluateEvent> {
  const started = performance.now()
  let documents = 0
  for await (const event of indexSet(set, parts, ingestion, options.signal)) {
    if (event.event === "progress") {
      documents = event.total
      yield { type: "progress", stage: "index", done: event.done, total: event.total }
    }
  }
  const indexSeconds = (performance.now() - started) / 1000

  const questions = spread(set.questions, options.limit)
  const ranked = questions.filter((question) => set.relevance.has(question.id))
  const arms = { lexical: [] as number[], dense: [] as number[], firstStage: [] as number[], fused: [] as number[] }
  const recall10: number[] = []
  const recall100: number[] = []
  const mrr10: number[] = []
  const searchMs: number[] = []
  const ids = new Map<DocumentId, string>()
  for (const [done, question] of ranked.entries()) {
    throwIfAborted(options.signal)
    const gains = set.relevance.get(question.id) ?? new Map<string, number>()
    const began = performance.now()
    const understood = understand({ question: question.text })
    const { retrieval, ranked: hits } = await rank(understood, CANDIDATES, parts, options)
    const { dense, lexical, fused } = retrieval
    searchMs.push(performance.now() - began)
    const toIds = (hits: readonly { readonly documentId: DocumentId }[]) => corpusIds(hits, ids, set, parts)
    const fusedIds = await toIds(hits)
    arms.dense.push(ndcgAtK(await toIds(dense), gains, 10))
    arms.lexical.push(ndcgAtK(await toIds(lexical), gains, 10))
    arms.firstStage.push(ndcgAtK(await toIds(fused), gains, 10))
    arms.fused.push(ndcgAtK(fusedIds, gains, 10))
    recall10.push(recallAtK(fusedIds, gains, 10))
    recall100.push(recallAtK(fusedIds, gains, 100))
    mrr10.push(reciprocalRankAtK(fusedIds, gains, 10))
    if (done % 10 === 0) yield { type: "progress", stage: "search", done, total: ranked.length }
  }

  const outcomes: Outcome[] = []
  if (options.answers) {
    const asked = questions.filter((question) => question.split !== TRAINED_SPLIT)
    for (const [done, question] of asked.entries()) {
      outcomes.push(await ask(question, set, parts, options))
      yield { type: "progress", stage: "answer", done: done + 1, total: asked.length }
    }
  }
  yield {
    type: "evaluation",
    evaluation: {
      set: set.name,
      documents,
      queries: ranked.length,
      retrieval: {
        ndcg10: rounded(mean(arms.fused)),
        recall10: rounded(mean(recall10)),
        recall100: rounded(mean(recall100)),
        mrr10: rounded(mean(mrr10)),
        byArm: {
          lexical: rounded(mean(arms.lexical)),
          dense: rounded(mean(arms.dense)),
          firstStage: rounded(mean(arms.firstStage)),
          fused: rounded(mean(arms.fused)),
        },
      },
      ...(options.answers ? { answers: answerMetrics(outcomes), abstention: abstentionMetrics(outcomes) } : {}),
      timings: {
        indexSeconds: rounded(indexSeconds),
        searchP50Ms: rounded(percentile(searchMs, 0.5)),
        searchP95Ms: rounded(percentile(searchMs, 0.95)),
        ...timingsOf(outcomes),
      },
    },
  }
}

async function* indexSet(
  set: QuestionSet,
  parts: Parts,
  ingestion: Ingestion,
  signal: AbortSignal | undefined,
): AsyncGenerator<IngestEvent> {
  const run = { collectionId: DEFAULT_COLLECTION, ...(signal === undefined ? {} : { signal }) }
  if (set.docs !== null) {
    yield* ingestion.run([set.docs], run)
    return
  }
  let total = 0
  for await (const document of readCorpus(set)) {
    throwIfAborted(signal)
    total++
    await accept(
      {
        collectionId: DEFAULT_COLLECTION as CollectionId,
        ...{ root: "", path: `${document.id}.txt`, title: document.title, modifiedAt: 0 },
        bytes: Buffer.from(document.text.trim() === "" ? document.title : document.text, "utf8"),
        mediaType: "text/plain",
      },
      parts,
    )
  }
  yield { event: "progress", done: 0, total }
  let done = 0
  for await (const event of ingestion.run([], run)) {
    if (event.event === "document-indexed" || event.event === "document-failed") {
      done++
      if (done % 50 === 0) yield { event: "progress", done, total }
    }
  }
  yield { event: "progress", done: total, total }
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
      const path = (await findSummary(parts.database.read, documentId))?.path ?? documentId
      id = set.docs === null ? path.replace(/\.txt$/, "") : path
      known.set(documentId, id)
    }
    found.add(id)
  }
  return [...found]
}

async function ask(
  question: SetQuestion,
  set: QuestionSet,
  parts: Parts,
  options: EvaluateOptions & CallOptions,
): Promise<Outcome> {
  const asked = { question: question.text, generate: options.generate }
  const given = await lastAnswer(answer(asked, parts, options))
  const isRight = (quote: string, path: string): boolean => {
    const id = set.docs === null ? path.replace(/\.txt$/, "") : path
    if ((set.relevance.get(question.id)?.get(id) ?? 0) <= 0) return false
    if (question.quote !== null) return wordOverlap(quote, question.quote) >= RIGHT_OVERLAP
    const normalized = ` ${normalizeAnswer(quote)} `
    return question.answers.some((gold) => normalized.includes(` ${normalizeAnswer(gold)} `))
  }
  const right = given.citations.filter((citation) => isRight(citation.quote, citation.path))
  return {
    question,
    answer: given,
    exactQuotes: given.citations.filter((citation) => citation.verified).length,
    rightCitations: right.length,
    isGoldCited: right.length > 0,
    isGoldAmongEvidence: given.evidence.slice(0, 5).some((sentence) => isRight(sentence.quote, sentence.path)),
  }
}

/** Every n-th question, so that a part stands for the whole. */
function spread<Item>(items: readonly Item[], limit: number | undefined): readonly Item[] {
  if (limit === undefined || limit >= items.length) return items
  return Array.from({ length: limit }, (_, position) => items[Math.floor((position * items.length) / limit)]).filter(
    (item) => item !== undefined,
  )
}
