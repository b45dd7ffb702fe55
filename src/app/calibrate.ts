import { throwIfAborted } from "../core/errors.ts"
import type { Generator } from "../core/ports.ts"
import type { Calibration } from "../core/roles.ts"
import { words } from "../core/terms.ts"
import type { CallOptions } from "../core/types.ts"
import { checkSentences } from "../generation/check-sentences.ts"
import {
  JUDGED_SENTENCES,
  type Picked,
  pick,
  RANKED_SENTENCES,
  verdictsOn,
  withTitle,
} from "../generation/second-opinion.ts"
import { write } from "../generation/write.ts"
import { examine } from "./answer.ts"
import { isRightQuote } from "./evaluate.ts"
import { indexSet } from "./index-set.ts"
import type { Ingestion } from "./ingestion.ts"
import { measureRanker } from "./measure-ranker.ts"
import { measureVerifier } from "./measure-verifier.ts"
import { measureWriter } from "./measure-writer.ts"
import { holdsAnswer } from "./metrics.ts"
import type { Parts } from "./parts.ts"
import { isNewToReader, type QuestionSet, type SetQuestion, spread } from "./question-set.ts"
import type { RoleValues, WrittenValues } from "./role-values.ts"

export interface CalibrateOptions extends CallOptions {
  /** After this time nothing more is asked of the model. */
  readonly budgetMs: number
  /** Number of questions, spread evenly over those of the set that the reader has not seen. */
  readonly limit?: number
}

export type CalibrateEvent =
  | {
      readonly type: "progress"
      readonly stage: "index" | "measure"
      readonly done: number
      readonly total: number
    }
  /** The last one, with the number of documents of the set that could not be indexed. */
  | { readonly type: "calibration"; readonly calibration: Calibration; readonly failedDocuments: number }

/**
 * Measures a generator as writer, verifier and ranker against the quotes and scores that need no language model, which come
 * from the same stages as those of an answer. The questions are taken from all over the set, so that those that there was
 * time for stand for all. The last event is the calibration.
 */
export async function* calibrate(
  set: QuestionSet,
  generator: Generator,
  ports: { readonly parts: Parts; readonly ingestion: Ingestion },
  options: CalibrateOptions,
): AsyncGenerator<CalibrateEvent> {
  const { parts, ingestion } = ports
  let failedDocuments = 0
  for await (const event of indexSet(set, parts, ingestion, options.signal)) {
    if (event.event === "document-failed") failedDocuments++
    if (event.event === "progress") yield { type: "progress", stage: "index", done: event.done, total: event.total }
  }
  const questions: Examined[] = []
  for (const question of strewn(spread(set.questions.filter(isNewToReader), options.limit))) {
    throwIfAborted(options.signal)
    questions.push({ question, ...(await examine({ question: question.text }, parts, options)) })
  }
  const answers = createAnswers()
  const tasks = tasksFor(questions, answers, generator, options.signal)
  const started = performance.now()
  await generator.warm(options.signal)
  let done = 0
  for (const task of tasks) {
    throwIfAborted(options.signal)
    if (performance.now() - started > options.budgetMs) break
    await task()
    yield { type: "progress", stage: "measure", done: ++done, total: tasks.length }
  }
  const values = questions.map((one) => toRoleValues(one, set, answers))
  const about = { model: generator.modelId, sha256: parts.hashOf(generator.modelId), build: parts.build }
  const seconds = Math.round((performance.now() - started) / 1000)
  const measuredAt = new Date().toISOString()
  const calibration = { ...about, measuredAt, seconds, leftOut: tasks.length - done, ...rolesFrom(set.name, values) }
  yield { type: "calibration", calibration, failedDocuments }
}

interface Examined extends Pick<Awaited<ReturnType<typeof examine>>, "evidence" | "support"> {
  readonly question: SetQuestion
}

/** What the model has said so far, by the id of the question. */
interface Answers {
  readonly verdicts: Map<string, readonly number[]>
  readonly written: Map<string, WrittenValues>
  readonly picked: Map<string, Picked | null>
}

function createAnswers(): Answers {
  return { verdicts: new Map(), written: new Map(), picked: new Map() }
}

/**
 * What the model is asked, the most telling first, so that a run whose time is over has measured what matters: a verdict on
 * the best sentence of each question, a written sentence for each that has an answer or would be answered, verdicts on the
 * next sentences, and choices for every second question. Requests of one kind share the beginning of their prompts, which
 * the model reads once. Which sentence is right is known of answerable questions alone.
 */
function tasksFor(
  questions: readonly Examined[],
  { verdicts, written, picked }: Answers,
  generator: Generator,
  signal: AbortSignal | undefined,
): (() => Promise<void>)[] {
  const found = questions.filter(({ evidence }) => evidence.length > 0)
  const answerable = found.filter(({ question }) => question.answerable)
  const judge = (from: number, to: number) => async (one: Examined) => {
    const { id, text } = one.question
    const further = await verdictsOn(text, one.evidence.slice(from, to).map(withTitle), generator, signal)
    verdicts.set(id, [...(verdicts.get(id) ?? []), ...further])
  }
  const writeOne = async (one: Examined) => {
    written.set(one.question.id, await writtenFrom(one, generator, signal))
  }
  const choose = async ({ question, evidence }: Examined) => {
    const sentences = evidence.slice(0, RANKED_SENTENCES).map(withTitle)
    picked.set(question.id, await pick(question.text, sentences, generator, signal))
  }
  const isToBeWritten = ({ question, support }: Examined) =>
    question.answerable ? question.answers.length > 0 : support.isEnough
  const each = (ones: readonly Examined[], ask: (one: Examined) => Promise<void>) => ones.map((one) => () => ask(one))
  return [
    ...each(found, judge(0, 1)),
    ...each(found.filter(isToBeWritten), writeOne),
    ...each(
      answerable.filter(({ evidence }) => evidence.length > 1),
      judge(1, JUDGED_SENTENCES),
    ),
    ...each(
      answerable.filter((_, place) => place % 2 === 0),
      choose,
    ),
  ]
}

function toRoleValues({ question, evidence, support }: Examined, set: QuestionSet, answers: Answers): RoleValues {
  const { id, answerable } = question
  const first = evidence.slice(0, RANKED_SENTENCES)
  return {
    ...{ id, answerable, score: support.score, hasReader: support.calibration !== null, isEnough: support.isEnough },
    sentences: first.map(({ quote, path, score }) => ({ score, isRight: isRightQuote(quote, path, question, set) })),
    verdicts: answers.verdicts.get(id) ?? [],
    picked: answers.picked.get(id) ?? null,
    written: answers.written.get(id) ?? null,
  }
}

/** The measures of all roles, and the roles that follow from them. */
function rolesFrom(
  name: string,
  values: readonly RoleValues[],
): Pick<Calibration, "set" | "held" | "writer" | "verifier" | "ranker"> {
  const writer = measureWriter(values)
  const { weights: verdictWeights, ...verifier } = measureVerifier(values)
  const { weights: pickWeights, ...ranker } = measureRanker(values)
  const answerable = values.filter((one) => one.answerable).length
  return {
    set: { name, answerable, unanswerable: values.length - answerable },
    held: { isWriter: writer.isGranted, verifier: verdictWeights, ranker: pickWeights },
    ...{ writer, verifier, ranker },
  }
}

async function writtenFrom(
  { question: { text, answers }, evidence }: Examined,
  generator: Generator,
  signal: AbortSignal | undefined,
): Promise<WrittenValues> {
  const quote = evidence[0]?.quote ?? ""
  const written = await write(text, quote, generator, { signal })
  const [check] = checkSentences(written.text, evidence, text)
  const sentence = check?.sentence ?? ""
  return {
    passes: check?.verdict.passes === true,
    holdsAnswer: holdsAnswer(sentence, answers),
    quoteHoldsAnswer: holdsAnswer(quote, answers),
    words: words(sentence).length,
    quoteWords: words(quote).length,
  }
}

/** All questions in an order of which every beginning is spread over the set. */
function strewn<Item>(items: readonly Item[]): Item[] {
  const golden = (Math.sqrt(5) - 1) / 2
  return items
    .map((item, place) => ({ item, key: (place * golden) % 1 }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item)
}
