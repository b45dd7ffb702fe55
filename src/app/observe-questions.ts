import { throwIfAborted } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { RankingWeights } from "../core/tuning.ts"
import type { CallOptions, CollectionId, DocumentId, Question } from "../core/types.ts"
import { findByName } from "../db/documents.ts"
import { findEmbeddings } from "../db/embeddings.ts"
import { rankingWeights } from "../retrieval/ranking-weights.ts"
import { type SentenceFeatures, sentenceFeatures } from "../retrieval/second-stage.ts"
import { understand } from "../retrieval/understand.ts"
import { examine, rank } from "./answer.ts"
import type { Parts } from "./parts.ts"
import type { QuestionSet } from "./question-set.ts"

/** A hit that either arm returned, with all that ranks it. */
export interface ObservedHit {
  readonly documentId: DocumentId
  /** Of its chunk, unit norm; absent where it is not kept. */
  readonly vector: Float32Array | undefined
  readonly dense: number | null
  readonly lexical: number | null
  readonly features: readonly SentenceFeatures[]
}

export interface ObservedQuestion {
  readonly id: string
  /** Learnt from; the others are held out. It follows from the question's text, so that it is always the same half. */
  readonly isLearnt: boolean
  readonly vector: Float32Array
  readonly hits: readonly ObservedHit[]
  /** That rank its hits where nothing was learnt: they follow from its language. */
  readonly weights: RankingWeights
  readonly gains: ReadonlyMap<DocumentId, number>
  readonly isAnswerable: boolean
  /** Of support, before any threshold; with the reader's part where there is a reader. */
  readonly supportScore: number
  /** By the threshold in force. */
  readonly isAnswered: boolean
}

export interface Observed {
  readonly questions: readonly ObservedQuestion[]
  /** Answerable ones whose document is not in the collection. */
  readonly leftOut: number
}

const CANDIDATES = 100

/**
 * Searches for each question of a set and keeps everything that ranks its hits, so that other weights need no search.
 * Documents of the set are found in the collection by `collection/path`, as `eval collect` writes it, by id, by path (its
 * end does, where only one has it) or by path without `.txt`.
 */
export async function* observeQuestions(
  set: QuestionSet,
  collectionId: CollectionId,
  parts: Parts,
  call: CallOptions,
): AsyncGenerator<{ readonly done: number; readonly total: number }, Observed> {
  const vectors = new Map<string, Float32Array>()
  const questions: ObservedQuestion[] = []
  let leftOut = 0
  for (const [position, { id, text, answerable }] of set.questions.entries()) {
    throwIfAborted(call.signal)
    const gains = answerable ? await gainsOf(id, set, collectionId, parts) : new Map<DocumentId, number>()
    if (answerable && gains.size === 0) leftOut++
    else {
      const asked = { question: text, collections: [collectionId] }
      const { support } = await examine(asked, parts, call)
      questions.push({
        ...{ id, isLearnt: Number.parseInt(sha256(text).slice(0, 2), 16) % 2 === 0, gains, isAnswerable: answerable },
        ...(await hitsOf(asked, vectors, parts, call)),
        ...{ supportScore: support.withReader ?? support.score, isAnswered: support.isEnough },
      })
    }
    yield { done: position + 1, total: set.questions.length }
  }
  return { questions, leftOut }
}

async function hitsOf(
  asked: Question,
  vectors: Map<string, Float32Array>,
  parts: Parts,
  call: CallOptions,
): Promise<Pick<ObservedQuestion, "vector" | "hits" | "weights">> {
  const question = understand(asked)
  const { retrieval, checked, statistics, sentenceVectors } = await rank(question, 2 * CANDIDATES, parts, {
    ...call,
    isTuned: false,
  })
  const keys = checked.hits.map(({ embeddingKey }) => embeddingKey).filter((key) => !vectors.has(key))
  for (const [key, vector] of await findEmbeddings(parts.database.read, keys)) vectors.set(key, vector)
  const input = { vector: retrieval.questionVector, terms: question.terms, statistics, sentenceVectors }
  const hits = sentenceFeatures(checked.hits, input).map(({ hit, features }) => ({
    ...{ documentId: hit.documentId, dense: hit.dense, lexical: hit.lexical, features },
    vector: vectors.get(hit.embeddingKey),
  }))
  return { vector: retrieval.questionVector, hits, weights: rankingWeights(question.text, parts.embedder) }
}

async function gainsOf(
  questionId: string,
  set: QuestionSet,
  collectionId: CollectionId,
  parts: Parts,
): Promise<Map<DocumentId, number>> {
  const gains = new Map<DocumentId, number>()
  for (const [name, gain] of set.relevance.get(questionId) ?? []) {
    if (gain <= 0) continue
    const own = name.startsWith(`${collectionId}/`) ? [name.slice(collectionId.length + 1)] : []
    for (const path of [...own, name, `${name}.txt`]) {
      const document = await findByName(parts.database.read, path, [collectionId])
      if (document === undefined) continue
      gains.set(document.id, gain)
      break
    }
  }
  return gains
}
