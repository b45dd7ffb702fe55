import type { Generator } from "../core/ports.ts"
import type { OpinionTrace } from "../core/receipt.ts"
import type { HeldRoles } from "../core/roles.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { pickPrompt, VERDICTS, verdictPrompt } from "./prompt.ts"
import { type Support, withVerdict } from "./support.ts"

/** Sentences that a verifier is asked about where its verdicts choose among them; else the best one alone. */
export const JUDGED_SENTENCES = 2
/** Sentences that a ranker chooses from: an even number, so that none keeps its place when the list is turned round. */
export const RANKED_SENTENCES = 4
/** A verdict of e^6 to 1 is as sure as any: what lies beyond says nothing more. */
const LARGEST_VERDICT = 6

interface Opinion {
  readonly evidence: readonly ScoredEvidence[]
  readonly support: Support
  /** What the model said; null where it was not asked or cannot say. */
  readonly opinion: OpinionTrace | null
}

/**
 * Lets a model look at the evidence before anything is written. A ranker's choice and a verifier's verdicts enter the
 * order of the first sentences (their own scores stay what they were); the verdict on the one that is the best then enters
 * the support. One call for a verifier, two where its verdicts choose sentences, two for a ranker.
 */
export async function secondOpinion(
  question: string,
  before: { readonly evidence: readonly ScoredEvidence[]; readonly support: Support },
  { generator, roles }: { readonly generator: Generator; readonly roles: HeldRoles },
  signal: AbortSignal | undefined,
): Promise<Opinion> {
  const { verifier, ranker } = roles
  let { evidence, support } = before
  let picks: readonly number[] = []
  if (ranker !== null) {
    const sentences = evidence.slice(0, RANKED_SENTENCES).map(withTitle)
    picks = (await pick(question, sentences, generator, signal))?.shares ?? []
    evidence = chosen(evidence, picks.map(Math.log), ranker.weight)
  }
  let verdicts: readonly number[] = []
  if (verifier !== null) {
    const wanted = verifier.sentenceWeight > 0 ? JUDGED_SENTENCES : 1
    const judged = evidence.slice(0, wanted)
    verdicts = await verdictsOn(question, judged.map(withTitle), generator, signal)
    evidence = chosen(evidence, verdicts, verifier.sentenceWeight)
    const [best] = evidence
    const verdict = best === undefined ? undefined : verdicts[judged.indexOf(best)]
    if (verdict !== undefined) support = withVerdict(support, verdict, verifier)
  }
  return { evidence, support, opinion: verdicts.length + picks.length === 0 ? null : { verdicts, picks } }
}

/** A sentence as the model sees it: it often names its subject in the title alone. */
export function withTitle({ passage, quote }: Pick<ScoredEvidence, "passage" | "quote">): string {
  return `${passage.title}: ${quote}`
}

/**
 * Log-odds of yes against no to whether each sentence answers the question, in [-6, 6]; none where the engine does not
 * tell.
 */
export async function verdictsOn(
  question: string,
  sentences: readonly string[],
  generator: Generator,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const verdicts: number[] = []
  for (const sentence of sentences) {
    const weights = await generator.weigh(verdictPrompt(question, sentence), VERDICTS, optional(signal))
    if (weights === null) return []
    const [yes = 1, no = 1] = weights
    verdicts.push(Math.max(-LARGEST_VERDICT, Math.min(LARGEST_VERDICT, Math.log(yes / no))))
  }
  return verdicts
}

export interface Picked {
  /** Share of each sentence, the geometric mean of both orders: a liking for a place cancels out. The sum is 1. */
  readonly shares: readonly number[]
  /** The place from 0 that was chosen in the list as it is, and in the list turned round. */
  readonly places: readonly [number, number]
}

/** Lets the model choose the sentence that answers by its number, twice: the list and the list turned round. */
export async function pick(
  question: string,
  sentences: readonly string[],
  generator: Generator,
  signal: AbortSignal | undefined,
): Promise<Picked | null> {
  if (sentences.length < 2) return null
  const numbers = sentences.map((_, place) => String(place + 1))
  const forward = await generator.weigh(pickPrompt(question, sentences), numbers, optional(signal))
  if (forward === null) return null
  const turned = await generator.weigh(pickPrompt(question, [...sentences].reverse()), numbers, optional(signal))
  if (turned === null) return null
  const means = forward.map((share, place) => Math.sqrt(share * (turned[sentences.length - 1 - place] ?? 0)))
  const whole = means.reduce((sum, mean) => sum + mean, 0)
  return {
    shares: means.map((mean) => Math.max(mean / whole, Number.MIN_VALUE)),
    places: [placeOfLargest(forward), placeOfLargest(turned)],
  }
}

/** The first sentences in the order of score + weight · value, the others behind them. */
export function chosen<Sentence extends { readonly score: number }>(
  evidence: readonly Sentence[],
  values: readonly number[],
  weight: number,
): Sentence[] {
  if (weight === 0) return [...evidence]
  const judged = evidence
    .slice(0, values.length)
    .map((sentence, place) => ({ sentence, value: sentence.score + weight * (values[place] ?? 0) }))
    .sort((left, right) => right.value - left.value)
  return [...judged.map(({ sentence }) => sentence), ...evidence.slice(values.length)]
}

function placeOfLargest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values))
}

function optional(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
