import { readFile } from "node:fs/promises"
import { IbidError } from "../core/errors.ts"
import { type Evaluation, METRICS, type MetricName, rounded } from "./answer-metrics.ts"
import { BOOTSTRAP, bootstrapIntervals } from "./bootstrap.ts"
import type { QuestionValues } from "./question-values.ts"

export type Verdict = "better" | "worse" | "undecided"

export interface ComparedMetric {
  readonly metric: MetricName
  /** Over the questions that both evaluations have. */
  readonly earlier: number
  readonly now: number
  readonly difference: number
  /** Interval of the difference. */
  readonly low: number
  readonly high: number
  /** Undecided where the interval holds zero. */
  readonly verdict: Verdict
}

export interface Comparison {
  readonly earlier: Pick<Evaluation, "set" | "build" | "models">
  /** Questions that both have: searched for, asked. */
  readonly questions: { readonly search: number; readonly answers: number }
  readonly confidence: number
  readonly resamples: number
  readonly seed: number
  readonly metrics: readonly ComparedMetric[]
}

type Earlier = Pick<Evaluation, "set" | "build" | "models" | "perQuestion">

interface Pair {
  readonly earlier: QuestionValues
  readonly now: QuestionValues
}

/** Reads what `eval --json` has printed. Throws `path-not-found`, and `invalid-request` for anything else. */
export async function readEvaluation(path: string): Promise<Earlier> {
  let text: string
  try {
    text = await readFile(path, "utf8")
  } catch (cause) {
    throw new IbidError("path-not-found", `Cannot compare: "${path}" cannot be read`, { cause })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new IbidError("invalid-request", `Cannot compare: "${path}" is not JSON`, { cause })
  }
  if (!isEvaluation(parsed)) {
    const state = "it is no output of `ibid eval --json`, or one of a version that kept no values by question"
    throw new IbidError("invalid-request", `Cannot compare with "${path}": ${state}`)
  }
  return parsed
}

/** Throws `invalid-request` when an evaluation has none of these questions, before anything is measured. */
export function requireCommon(earlier: Earlier, questions: readonly { readonly id: string }[]): void {
  const known = new Set(earlier.perQuestion.map(({ id }) => id))
  if (!questions.some(({ id }) => known.has(id))) throw nothingInCommon()
}

function nothingInCommon(): IbidError {
  return new IbidError("invalid-request", "Cannot compare: the two evaluations have no question in common")
}

/**
 * Metric by metric, what has changed since an earlier evaluation: the difference over the questions that both have, with
 * an interval from a paired bootstrap; a metric for which one of them has nothing to judge by is left out. Throws
 * `invalid-request` when they have no question in common.
 */
export function compareEvaluations(earlier: Earlier, now: Earlier): Comparison {
  const before = new Map(earlier.perQuestion.map((values) => [values.id, values]))
  const pairs = now.perQuestion.flatMap((values): Pair[] => {
    const one = before.get(values.id)
    return one === undefined ? [] : [judgedAlike({ earlier: one, now: values })]
  })
  const searched = pairs.filter((pair) => pair.earlier.search !== undefined && pair.now.search !== undefined)
  const answered = pairs.filter((pair) => pair.earlier.answer !== undefined && pair.now.answer !== undefined)
  if (searched.length + answered.length === 0) throw nothingInCommon()
  const { set, build, models } = earlier
  return {
    earlier: { set, build, models },
    questions: { search: searched.length, answers: answered.length },
    ...BOOTSTRAP,
    metrics: [
      ...compareMetrics(searched, (name) => name.startsWith("retrieval.")),
      ...compareMetrics(answered, (name) => !name.startsWith("retrieval.")),
    ],
  }
}

function compareMetrics(pairs: readonly Pair[], isWanted: (name: MetricName) => boolean): ComparedMetric[] {
  if (pairs.length === 0) return []
  const names = (Object.keys(METRICS) as MetricName[]).filter(isWanted)
  const sides = { earlier: pairs.map((pair) => pair.earlier), now: pairs.map((pair) => pair.now) }
  const once = pairs.map(() => 1)
  const metrics = names.flatMap((metric) => {
    const earlier = METRICS[metric].over(sides.earlier)
    const now = METRICS[metric].over(sides.now)
    const measured = { earlier: earlier(once), now: now(once) }
    if (measured.earlier === null || measured.now === null) return []
    const difference = (weights: ArrayLike<number>) => (now(weights) ?? 0) - (earlier(weights) ?? 0)
    return [{ metric, earlier: measured.earlier, now: measured.now, difference }]
  })
  const intervals = bootstrapIntervals(
    pairs.length,
    (weights) => metrics.map(({ difference }) => difference(weights)),
    BOOTSTRAP,
  )
  return metrics.map(({ metric, earlier, now }, position) => {
    const { low, high } = intervals[position] as { readonly low: number; readonly high: number }
    return {
      ...{ metric, earlier: rounded(earlier), now: rounded(now), difference: rounded(now - earlier) },
      ...{ low: rounded(low), high: rounded(high), verdict: verdictOf(METRICS[metric].better, low, high) },
    }
  })
}

/** A question counts for a metric of gold where both runs had gold, so that both sides are over the same questions. */
function judgedAlike({ earlier, now }: Pair): Pair {
  const [one, other] = [earlier.answer, now.answer]
  if (one === undefined || other === undefined) return { earlier, now }
  const judged = {
    hasAnswers: one.hasAnswers !== false && other.hasAnswers !== false,
    hasGold: one.hasGold !== false && other.hasGold !== false,
  }
  return { earlier: { ...earlier, answer: { ...one, ...judged } }, now: { ...now, answer: { ...other, ...judged } } }
}

function verdictOf(better: "higher" | "lower", low: number, high: number): Verdict {
  if (low <= 0 && high >= 0) return "undecided"
  return low > 0 === (better === "higher") ? "better" : "worse"
}

function isEvaluation(value: unknown): value is Earlier {
  if (typeof value !== "object" || value === null || !("perQuestion" in value) || !("models" in value)) return false
  const { perQuestion } = value
  return (
    Array.isArray(perQuestion) &&
    perQuestion.every((one: unknown) => typeof one === "object" && one !== null && "id" in one)
  )
}
