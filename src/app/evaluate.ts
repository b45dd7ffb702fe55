import { accept } from "../../ingest/accept.ts"
import { throwIfAborted } from "../core/errors.ts"
import type { Answer, CallOptions, CollectionId, DocumentId, IngestEvent } from "../core/types.ts"
import { DEFAULT_COLLECTION } from "../db/collections.ts"
import { findSummary } from "../db/documents.ts"
import { retrieve } from "../retrieval/retrieve.ts"
import { answer, lastAnswer } from "./answer.ts"
import type { Ingestion } from "./ingestion.ts"
import {
  auroc,
  exactMatch,
  mean,
  ndcgAtK,
  normalizeAnswer,
  percentile,
  recallAtK,
  reciprocalRankAtK,
  tokenF1,
  wordOverlap,
} from "./metrics.ts"
import type { Parts } from "./parts.ts"
import { type QuestionSet, readCorpus, type SetQuestion } from "./question-set.ts"

export interface EvaluateOptions {
  /** Number of questions, spread evenly over the set. */
  readonly limit?: number
  /** Runs the whole answer flow too. */
  readonly answers: boolean
  readonly generate: boolean
}

export interface Evaluation {
  readonly set: string
  readonly documents: number
  readonly queries: number
  readonly retrieval: {
    readonly ndcg10: number
    readonly recall10: number
    readonly recall100: number
    readonly mrr10: number
    readonly byArm: { readonly lexical: number; readonly dense: number; readonly fused: number }
  }
  readonly answers?: {
    readonly asked: number
    readonly answered: number
    readonly em: number
    readonly f1: number
    readonly quoteExactness: number
    readonly citationPrecision: number
    readonly citationRecall: number
    readonly unsupportedSentences: number
    readonly evidenceRecall5: number
  }
  readonly abstention?: {
    readonly asked: number
    readonly auroc: number
    readonly precision: number
    readonly recall: number
    readonly f1: number
  }
  readonly timings: {
    readonly indexSeconds: number
    readonly searchP50Ms: number
    readonly searchP95Ms: number
    readonly firstTokenP50Ms: number | null
    readonly answerP50Ms: number | null
    readonly evidenceP95Ms: number | null
  }
}

export type EvaluateEvent =
  | {
      readonly type: "progress"
      readonly stage: "index" | "search" | "answer"
      readonly done: number
      readonly total: number
    }
  | { readonly type: "evaluation"; readonly evaluation: Evaluation }

/** Candidates of each arm: enough for recall at 100 documents. */
const CANDIDATES = 200
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
  const arms = { lexical: [] as number[], dense: [] as number[], fused: [] as number[] }
  const recall10: number[] = []
  const recall100: number[] = []
  const mrr10: number[] = []
  const searchMs: number[] = []
  const ids = new Map<DocumentId, string>()
  for (const [done, question] of ranked.entries()) {
    throwIfAborted(options.signal)
    const gains = set.relevance.get(question.id) ?? new Map<string, number>()
    const began = performance.now()
    const { dense, lexical, fused } = await retrieve(question.text, parts, {
      filter: { collections: [DEFAULT_COLLECTION], aclClasses: ["everyone"] },
      candidates: CANDIDATES,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    searchMs.push(performance.now() - began)
    const toIds = (hits: readonly { readonly documentId: DocumentId }[]) => corpusIds(hits, ids, set, parts)
    const fusedIds = await toIds(fused)
    arms.dense.push(ndcgAtK(await toIds(dense), gains, 10))
    arms.lexical.push(ndcgAtK(await toIds(lexical), gains, 10))
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

interface Outcome {
  readonly question: SetQuestion
  readonly answer: Answer
  readonly exactQuotes: number
  readonly rightCitations: number
  readonly isGoldCited: boolean
  readonly isGoldAmongEvidence: boolean
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

function answerMetrics(outcomes: readonly Outcome[]): NonNullable<Evaluation["answers"]> {
  const answerable = outcomes.filter(({ question }) => question.answerable)
  const answered = answerable.filter(({ answer: given }) => given.status === "answered")
  const citations = outcomes.flatMap(({ answer: given }) => given.citations)
  const sentences = outcomes.flatMap(({ answer: given }) => given.sentences)
  const shortAnswer = (given: Answer) =>
    given.status === "answered" ? given.text.replace(/\s*\[\d+\]/g, "").replace(/[“”]/g, "") : ""
  const share = (part: number, whole: number) => rounded(whole === 0 ? 0 : part / whole)
  const sum = (value: (outcome: Outcome) => number, among = outcomes) =>
    among.reduce((total, outcome) => total + value(outcome), 0)
  return {
    asked: outcomes.length,
    answered: share(answered.length, answerable.length),
    em: rounded(mean(answerable.map((one) => exactMatch(shortAnswer(one.answer), one.question.answers)))),
    f1: rounded(mean(answerable.map((one) => tokenF1(shortAnswer(one.answer), one.question.answers)))),
    quoteExactness:
      citations.length === 0
        ? 1
        : share(
            sum((one) => one.exactQuotes),
            citations.length,
          ),
    citationPrecision: share(
      sum((one) => one.rightCitations, answered),
      sum((one) => one.answer.citations.length, answered),
    ),
    citationRecall: share(
      sum((one) => (one.isGoldCited ? 1 : 0), answerable),
      answerable.length,
    ),
    unsupportedSentences: share(sentences.filter((sentence) => !sentence.supported).length, sentences.length),
    evidenceRecall5: share(
      sum((one) => (one.isGoldAmongEvidence ? 1 : 0), answerable),
      answerable.length,
    ),
  }
}

/** Not answerable is the positive class. */
function abstentionMetrics(outcomes: readonly Outcome[]): NonNullable<Evaluation["abstention"]> {
  const confidences = (answerable: boolean) =>
    outcomes.filter(({ question }) => question.answerable === answerable).map((one) => one.answer.confidence)
  const abstained = outcomes.filter((one) => one.answer.status === "abstained")
  const unanswerable = outcomes.filter(({ question }) => !question.answerable)
  const rightly = abstained.filter(({ question }) => !question.answerable).length
  const precision = abstained.length === 0 ? 0 : rightly / abstained.length
  const recall = unanswerable.length === 0 ? 0 : rightly / unanswerable.length
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  return {
    asked: outcomes.length,
    auroc: rounded(auroc(confidences(true), confidences(false))),
    precision: rounded(precision),
    recall: rounded(recall),
    f1: rounded(f1),
  }
}

function timingsOf(outcomes: readonly Outcome[]) {
  const firstToken = outcomes.map((one) => one.answer.timings.firstTokenMs).filter((ms) => ms !== null)
  const of = (values: readonly number[], p: number) => (values.length === 0 ? null : rounded(percentile(values, p)))
  return {
    firstTokenP50Ms: of(firstToken, 0.5),
    answerP50Ms: of(
      outcomes.map((one) => one.answer.timings.totalMs),
      0.5,
    ),
    evidenceP95Ms: of(
      outcomes.map((one) => one.answer.timings.retrieveMs + one.answer.timings.evidenceMs),
      0.95,
    ),
  }
}

/** Every n-th question, so that a part stands for the whole. */
function spread<Item>(items: readonly Item[], limit: number | undefined): readonly Item[] {
  if (limit === undefined || limit >= items.length) return items
  return Array.from({ length: limit }, (_, position) => items[Math.floor((position * items.length) / limit)]).filter(
    (item) => item !== undefined,
  )
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
