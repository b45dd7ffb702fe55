import { IbidError } from "../core/errors.ts"
import { type Evaluation, METRICS } from "./answer-metrics.ts"

export interface Threshold {
  /** Place in `eval --json`, such as `retrieval.ndcg10`. */
  readonly metric: string
  readonly kind: "below" | "above"
  readonly value: number
}

export interface MissedThreshold extends Threshold {
  /** Null where there is nothing to measure, which is missed too. */
  readonly measured: number | null
}

const TIMINGS = ["indexSeconds", "searchP50Ms", "searchP95Ms", "firstTokenP50Ms", "answerP50Ms", "evidenceP95Ms"]
const KNOWN = [...Object.keys(METRICS), ...TIMINGS.map((name) => `timings.${name}`)]
const OF_ANSWERS = /^(?:answers|abstention)\.|^timings\.(?:firstToken|answer|evidence)/

/**
 * Reads `metric=value`. Throws `invalid-request` for what is no such pair, for an unknown metric with the known ones,
 * and for one that is measured only with answers.
 */
export function parseThreshold(
  text: string,
  kind: Threshold["kind"],
  options: { readonly answers: boolean },
): Threshold {
  const [, metric, number] = /^([\w.]+)=(-?\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (metric === undefined || number === undefined) {
    throw new IbidError("invalid-request", `Cannot read the threshold "${text}": it is not metric=value`)
  }
  if (!KNOWN.includes(metric)) {
    const state = `it is none of ${KNOWN.join(", ")}`
    throw new IbidError("invalid-request", `Cannot measure "${metric}": ${state}`)
  }
  if (!options.answers && OF_ANSWERS.test(metric)) {
    throw new IbidError("invalid-request", `Cannot measure "${metric}": it needs --answers`)
  }
  return { metric, kind, value: Number(number) }
}

/** The thresholds that an evaluation misses; a value that equals its threshold does not. */
export function missedThresholds(evaluation: Evaluation, thresholds: readonly Threshold[]): MissedThreshold[] {
  return thresholds.flatMap((threshold): MissedThreshold[] => {
    const measured = valueAt(evaluation, threshold.metric)
    const isMissed =
      measured === null || (threshold.kind === "below" ? measured < threshold.value : measured > threshold.value)
    return isMissed ? [{ ...threshold, measured }] : []
  })
}

function valueAt(evaluation: Evaluation, path: string): number | null {
  let value: unknown = evaluation
  for (const name of path.split(".")) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined
  }
  return typeof value === "number" && Number.isFinite(value) ? value : null
}
