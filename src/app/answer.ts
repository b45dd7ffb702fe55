import { randomUUID } from "node:crypto"
import { readFilter } from "../access/read-filter.ts"
import { dot } from "../core/dot.ts"
import { throwIfAborted } from "../core/errors.ts"
import type { Generator } from "../core/ports.ts"
import type { AdapterIdentity, Receipt, Trace } from "../core/receipt.ts"
import type {
  Answer,
  AnswerEvent,
  CallOptions,
  DocumentId,
  Passage,
  Question,
  Range,
  SearchResult,
  Warning,
} from "../core/types.ts"
import { countTerms } from "../db/chunks.ts"
import { listCollections } from "../db/collections.ts"
import { findSentenceVectors } from "../db/embeddings.ts"
import { findTuning } from "../db/tunings.ts"
import { type Candidate, candidateSentences, sentencesOf } from "../generation/candidates.ts"
import { checkSentences } from "../generation/check-sentences.ts"
import { cite } from "../generation/cite.ts"
import { entail } from "../generation/entail.ts"
import { coveragesOf, scoreEvidence } from "../generation/evidence.ts"
import { secondOpinion } from "../generation/second-opinion.ts"
import { abstained, answered, roundedPassage, toEvidence } from "../generation/serialize.ts"
import { support } from "../generation/support.ts"
import { verify } from "../generation/verify.ts"
import { type Written, write } from "../generation/write.ts"
import { context } from "../retrieval/context.ts"
import { withEarlierPassage } from "../retrieval/earlier-passage.ts"
import { rankingWeights } from "../retrieval/ranking-weights.ts"
import { retrieve } from "../retrieval/retrieve.ts"
import { secondStage } from "../retrieval/second-stage.ts"
import { type UnderstoodQuestion, understand } from "../retrieval/understand.ts"
import { createHitCheck } from "./check-hits.ts"
import { chooseLora } from "./choose-lora.ts"
import { conflictWarnings, missingPartWarnings, toCitations, withheldMessage } from "./citations.ts"
import { completeFromConversation } from "./conversation.ts"
import { judgeParts } from "./judge-parts.ts"
import { orderRead } from "./order-read.ts"
import { type Parts, tunedWith } from "./parts.ts"
import { readingWarnings } from "./reading-warnings.ts"
import { createTextLoader } from "./text-loader.ts"
import { type Stages, toTrace } from "./trace.ts"
import { unlessRefused } from "./unless-refused.ts"
import { wordedHits } from "./worded-hits.ts"

/** Candidates of each arm before fusion, or half as many again as are wanted where that is more. */
const CANDIDATES = 50
/** So many times more where the question excludes some of them. */
const EXCLUDING = 4
/** Hits of documents that earlier turns cited, beside the others. */
const EARLIER = 5
/** Passages that are read for evidence; the reader takes about 20 ms each, and five are as good as eight (squad2). One more in a conversation. */
const READ_PASSAGES = 5

/** The part of a receipt that the flow knows. */
export interface Told extends Pick<Receipt, "request" | "collections" | "indexVersion" | "prompt" | "written"> {
  readonly answer: Answer
  readonly trace: Trace
  /** What it was written with beside the model; null where nothing was. */
  readonly adapter: AdapterIdentity | null
}

/** Keeps what was told. The warnings that it returns are said with the answer; whether it is kept is its `receipt`. */
export type Keep = (told: Told) => Promise<{ readonly receipt: string | null; readonly warnings: readonly Warning[] }>

type Unnumbered = AnswerEvent extends infer Event
  ? Event extends { readonly type: "answer" }
    ? { readonly type: "told"; readonly told: Told }
    : Event extends AnswerEvent
      ? Omit<Event, "sequence">
      : never
  : never

/** Passages for a question: understand ─▶ rank ─▶ context. */
export async function search(question: Question, parts: Parts, call: CallOptions): Promise<SearchResult> {
  const started = performance.now()
  const understood = understand(question)
  const { passages, retrieval } = await findPassages(understood, parts, call)
  const { timings, degraded } = retrieval
  return {
    question: understood.text,
    passages: passages.map(roundedPassage),
    timings: {
      embedMs: Math.round(timings.embedMs),
      denseMs: Math.round(timings.denseMs),
      lexicalMs: Math.round(timings.lexicalMs),
      totalMs: Math.round(performance.now() - started),
    },
    generation: parts.index.generation,
    ...(degraded.length === 0 ? {} : { degraded }),
  }
}

/**
 * The answer flow. Events in the order of the contract; the evidence is on its way before a language model is asked
 * anything (a verifier or ranker may then choose another sentence of it), and whether to abstain is decided before writing.
 * `keep` makes the receipt; without it none is kept.
 */
export async function* answer(
  question: Question,
  parts: Parts,
  call: CallOptions,
  keep: Keep = async () => ({ receipt: null, warnings: [] }),
): AsyncGenerator<AnswerEvent> {
  let sequence = 0
  for await (const event of flow(question, parts, call)) {
    if (event.type !== "told") {
      yield { ...event, sequence: ++sequence }
      continue
    }
    const { receipt, warnings } = await keep(event.told)
    for (const warning of warnings) yield { type: "warning", warning, sequence: ++sequence }
    const { answer: given } = event.told
    yield {
      type: "answer",
      answer: { ...given, receipt, warnings: [...given.warnings, ...warnings] },
      sequence: ++sequence,
    }
  }
}

/** Takes the whole answer, the last event. */
export async function lastAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  let last: Answer | undefined
  for await (const event of events) if (event.type === "answer") last = event.answer
  if (last === undefined) throw new TypeError("The answer flow ended without an answer")
  return last
}

async function* flow(question: Question, parts: Parts, call: CallOptions): AsyncGenerator<Unnumbered> {
  const started = performance.now()
  const asked = understand(question)
  const request = await completeFromConversation(question, parts.database, call.principal)
  const understood = understand(request)
  const generator = await chooseGenerator(understood, parts)
  const texts = createTextLoader(parts)

  const indexVersion = await parts.index.version()
  const found = await findPassages(understood, parts, call)
  const retrieveMs = performance.now() - started
  const warnings: Warning[] = [...found.warnings]

  const whole = await judge(understood, found, parts, call)
  const first = await judgeParts(understood, whole, async (part) =>
    judge(part, await findPassages(part, parts, call), parts, call),
  )
  const passages = first.passages.map(roundedPassage)
  yield { type: "passages", passages }
  yield { type: "evidence", evidence: first.evidence.map(toEvidence) }
  const evidenceMs = performance.now() - started - retrieveMs
  for (const warning of warnings) yield { type: "warning", warning }

  const roles = generator === null ? null : parts.rolesOf(generator.modelId)
  const unasked = { evidence: first.evidence, support: first.support, opinion: null }
  const opinion =
    generator === null || roles === null || first.evidence.length === 0
      ? { given: unasked, warnings: [] }
      : await unlessRefused(
          () => secondOpinion(understood.text, first, { generator, roles }, call.signal),
          unasked,
          call.signal,
        )
  for (const warning of opinion.warnings) {
    warnings.push(warning)
    yield { type: "warning", warning }
  }
  const judged = { ...first, ...opinion.given }
  const evidence = judged.evidence.map(toEvidence)

  const common = (firstTokenMs: number | null) => ({
    ...{ id: call.answerId ?? `ans_${randomUUID()}`, question: asked.text, passages, evidence, warnings },
    confidence: judged.support.confidence,
    model: {
      generator: generator?.modelId ?? null,
      reader: parts.reader?.modelId ?? null,
      embedder: parts.embedder.modelId,
    },
    timings: { retrieveMs, evidenceMs, firstTokenMs, totalMs: performance.now() - started },
  })

  const told = (
    given: Answer,
    written: Written | null = null,
    checked: Pick<Stages, "withheld" | "entailment"> = { withheld: null, entailment: [] },
  ): Unnumbered => ({
    type: "told",
    told: {
      ...{ request, collections: found.filter.collections, indexVersion, answer: given },
      ...{ prompt: written?.prompt ?? null, written: written?.text ?? null },
      adapter: written?.adapter ?? null,
      trace: toTrace({ ...found, ...judged, ...checked, evidence }),
    },
  })

  const [best] = judged.evidence
  if (best === undefined || !judged.support.isEnough) {
    yield told(abstained(common(null), best === undefined ? "no-match" : "weak-evidence"))
    return
  }

  throwIfAborted(call.signal)
  const beforeWritingMs = performance.now() - started
  // a model that has just refused its opinion is not asked again
  const isWritten = generator !== null && roles?.isWriter === true && opinion.warnings.length === 0
  const adapted = isWritten ? chooseLora(found.filter.collections, generator, parts) : { lora: null, warnings: [] }
  for (const warning of adapted.warnings) {
    warnings.push(warning)
    yield { type: "warning", warning }
  }
  const wanted = { signal: call.signal, lora: adapted.lora }
  const { given: written, warnings: unwritten } = isWritten
    ? await unlessRefused<Written | null>(
        () => write(understood.text, best.quote, generator, wanted),
        null,
        call.signal,
      )
    : { given: null, warnings: [] }
  for (const warning of unwritten) {
    warnings.push(warning)
    yield { type: "warning", warning }
  }
  const firstTokenMs = written?.firstTokenMs == null ? null : beforeWritingMs + written.firstTokenMs
  const gated = checkSentences(written?.text ?? null, judged.evidence, understood.text)
  const { checks, shares } =
    parts.entailment === null
      ? { checks: gated, shares: [] }
      : await entail(gated, judged.evidence, parts.entailment, call.signal)
  const cited = cite(checks, judged.evidence, understood.text, judged.wanted)
  const checked = { withheld: cited.withheld?.reason ?? null, entailment: shares }
  if (cited.withheld !== null) {
    const warning = { code: "sentence-withheld", message: withheldMessage(cited.withheld) }
    warnings.push(warning)
    yield { type: "warning", warning }
  }

  const { citations, warnings: refused } = await verify(
    await toCitations(cited.cited, texts),
    ({ documentId, revision }) => texts.load(documentId, revision),
  )
  const conflicts = [...judged.conflicts, ...(cited.conflict === null ? [] : [{ best, conflict: cited.conflict }])]
  const conflicting = conflictWarnings(conflicts, citations)
  const reading = await readingWarnings(citations, texts)
  for (const warning of [...refused, ...conflicting, ...missingPartWarnings(judged.missing), ...reading]) {
    warnings.push(warning)
    yield { type: "warning", warning }
  }
  const markers = new Set(citations.map((citation) => citation.marker))
  const sentences = cited.sentences.filter((sentence) => sentence.citations.every((marker) => markers.has(marker)))
  if (sentences.length === 0) {
    yield told(abstained(common(firstTokenMs), "unsupported"), written, checked)
    return
  }
  for (const [position, sentence] of sentences.entries()) {
    yield { type: "delta", text: position === 0 ? sentence.text : ` ${sentence.text}` }
  }
  for (const citation of citations) yield { type: "citation", citation }
  const given = answered(common(firstTokenMs), { mode: cited.mode, sentences }, citations)
  yield told(given, written, checked)
}

/** What is known of a question before a language model is asked: its passages, its evidence, whether it is enough. */
export async function examine(question: Question, parts: Parts, call: CallOptions) {
  const understood = understand(question)
  return await judge(understood, await findPassages(understood, parts, call), parts, call)
}

/**
 * retrieve ─▶ check against SQL ─▶ second stage; at least `wanted` hits, where there are so many. With what was learnt of
 * the collection, unless `isTuned` is false.
 */
export async function rank(
  question: UnderstoodQuestion,
  wanted: number,
  parts: Parts,
  call: CallOptions & { readonly isTuned?: boolean },
) {
  const collections = await listCollections(parts.database.read)
  const filter = readFilter(call.principal, collections, question.collections, question.narrowing)
  const tuning =
    call.isTuned === false ? null : await findTuning(parts.database.read, filter.collections, tunedWith(parts))
  const signal = call.signal === undefined ? {} : { signal: call.signal }
  const { phrases, excluded } = question
  const candidates = Math.max(CANDIDATES, Math.ceil(1.5 * wanted)) * (excluded.length === 0 ? 1 : EXCLUDING)
  const { ranking, adapter } = tuning ?? { ranking: null, adapter: null }
  const { earlierDocuments } = question
  const weights = ranking ?? rankingWeights(question.text, parts.embedder)
  const retrieval = await retrieve(question.text, parts, {
    ...{ filter, candidates, phrases, earlierDocuments, adapter, denseWeight: weights.denseWeight, ...signal },
  })
  const check = createHitCheck({ filter, excluded }, parts)
  const [worded = [], ...otherWorded] = await wordedHits(retrieval, phrases, check)
  const earlier = retrieval.fused.filter((hit) => earlierDocuments.includes(hit.documentId)).slice(0, EARLIER)
  // those of one phrase leave room for others
  const beside = [...otherWorded.flat(), ...earlier]
  await check.pass([...new Set([...worded, ...beside, ...retrieval.fused])], wanted + beside.length)
  const checked = check.result()
  const [statistics, sentenceVectors] = await Promise.all([
    countTerms(parts.database.read, filter.collections, question.terms),
    findSentenceVectors(
      parts.database.read,
      checked.hits.map(({ embeddingKey }) => embeddingKey),
    ),
  ])
  const { questionVector: vector } = retrieval
  const input = { vector, terms: question.terms, phrases, statistics, sentenceVectors }
  const ranked = secondStage(checked.hits, input, weights)
  return { filter, tuning, retrieval, checked, statistics, sentenceVectors, ranked }
}

/** rank ─▶ context */
async function findPassages(question: UnderstoodQuestion, parts: Parts, call: CallOptions) {
  const found = await rank(question, 3 * question.limit, parts, call)
  const loadText = ({ canonicalHash }: { readonly canonicalHash: string }) => parts.texts.readText(canonicalHash)
  const passagesOf = (hits: typeof found.ranked) => context(hits, question.limit, loadText, question.terms)
  const { retrieval, checked } = found
  const documentIds = question.earlierDocuments
  const isEarlier = (one: { readonly documentId: DocumentId }) => documentIds.includes(one.documentId)
  const passages = await withEarlierPassage(
    await passagesOf(found.ranked),
    { documentIds, at: READ_PASSAGES },
    async () => await passagesOf(found.ranked.filter(isEarlier)),
  )
  const read = READ_PASSAGES + (passages.slice(READ_PASSAGES, READ_PASSAGES + 1).some(isEarlier) ? 1 : 0)
  const warnings = [...retrieval.degraded.map(toWarning), ...checked.warnings]
  return { ...found, passages, read, warnings }
}

function toWarning(arm: string): Warning {
  const message = "Passages were found by meaning alone: the full-text index is damaged and is being made anew"
  return { code: `${arm}-unavailable`, message }
}

type Found = Awaited<ReturnType<typeof findPassages>>

/** read ∥ cosines of sentences whose vectors are not kept ─▶ evidence, and whether it is enough */
async function judge(question: UnderstoodQuestion, found: Found, parts: Parts, call: CallOptions) {
  const signal = call.signal === undefined ? {} : { signal: call.signal }
  const best = found.passages.slice(0, found.read)
  const candidates = candidateSentences(best)
  const known = new Map(found.ranked.flatMap((hit) => hit.sentences.map((one) => [placeOf(hit, one), one])))
  const kept = candidates.map((one) => known.get(placeOf(one.passage, absolute(one)))?.cosine ?? null)
  const unknown = candidates.filter((_, position) => kept[position] === null)
  const [read, vectors] = await Promise.all([
    parts.reader === null
      ? []
      : parts.reader.read(
          question.text,
          best.map((passage) => ({ ...passage, sentences: sentencesOf(passage) })),
          signal,
        ),
    parts.embedder.embed(
      unknown.map((candidate) => candidate.text),
      { kind: "query", ...signal },
    ),
  ])
  const made = vectors.map((vector) => dot(vector, found.retrieval.questionVector)).values()
  const cosines = kept.map((cosine) => cosine ?? made.next().value ?? 0)
  const coverages = coveragesOf(candidates, question.terms, found.statistics)
  const { passages, readings, moved } = orderRead(found.passages, read)
  const placed = candidates.map((one) => ({ ...one, passage: moved.get(one.passage) ?? one.passage }))
  const modifiedAt = new Map(found.ranked.map((hit) => [hit.documentId, hit.modifiedAt]))
  const readOnes = passages.slice(0, best.length)
  const input = { passages: readOnes, readings, candidates: placed, cosines, coverages, modifiedAt }
  const evidence = scoreEvidence(input)
  const shares = coverages.map(({ share }) => share)
  const enough = support(readings, cosines, shares, found.tuning?.support ?? null)
  return { passages, read: best.length, readings, candidates: placed, cosines, evidence, support: enough }
}

function absolute({ passage, start, end }: Candidate): Range {
  return { start: passage.start + start, end: passage.start + end }
}

function placeOf({ documentId, revision }: Pick<Passage, "documentId" | "revision">, { start, end }: Range): string {
  return `${documentId} ${revision} ${start} ${end}`
}

async function chooseGenerator(question: UnderstoodQuestion, parts: Parts): Promise<Generator | null> {
  if (!question.generate) return null
  return question.model === undefined ? parts.generator : await parts.generatorOf(question.model)
}
