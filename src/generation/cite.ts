import { splitSentences } from "../core/sentences.ts"
import type { AnswerSentence } from "../core/types.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { type GateVerdict, gate } from "./gate.ts"

export interface Cited {
  readonly mode: "generated" | "extractive"
  readonly sentences: readonly AnswerSentence[]
  /** Evidence by marker: the first has marker 1. */
  readonly cited: readonly ScoredEvidence[]
  /** Why a written sentence was withheld, where one was. */
  readonly withheld: Extract<GateVerdict, { passes: false }> | null
}

/** A further quote stands beside the best one when it is nearly as good and covers a term that is still open. */
const NEAR = 0.12
const MOST_QUOTES = 3

/**
 * Ties sentences to evidence. A written sentence that passes the gate is cited to the sentence it was written from; one
 * that does not is withheld and the quote stands in for it. Markers that a model invents are removed: only existing
 * sentences can be cited.
 */
export function cite(written: string | null, evidence: readonly ScoredEvidence[], question: string): Cited {
  const [best] = evidence
  if (best === undefined) return { mode: "extractive", sentences: [], cited: [], withheld: null }
  const sentence = written === null ? null : firstSentence(written)
  const verdict = sentence === null ? null : gate(sentence, `${best.passage.title} ${best.quote}`, question)
  if (sentence !== null && verdict?.passes === true) {
    const text = `${sentence} [1]`
    return { mode: "generated", sentences: [{ text, citations: [1], supported: true }], cited: [best], withheld: null }
  }
  const cited = quotesThatAnswer(evidence)
  return {
    mode: "extractive",
    sentences: cited.map(({ quote }, position) => ({
      text: `“${quote.replace(/\s+/g, " ")}” [${position + 1}]`,
      citations: [position + 1],
      supported: true,
    })),
    cited,
    withheld: verdict?.passes === false ? verdict : null,
  }
}

function quotesThatAnswer(evidence: readonly ScoredEvidence[]): ScoredEvidence[] {
  const chosen: ScoredEvidence[] = []
  const covered = new Set<string>()
  const best = evidence[0]?.score ?? 0
  for (const sentence of evidence) {
    const isOpen = sentence.covered.some((term) => !covered.has(term))
    if (chosen.length > 0 && (best - sentence.score > NEAR || !isOpen)) continue
    chosen.push(sentence)
    for (const term of sentence.covered) covered.add(term)
    if (chosen.length === MOST_QUOTES) break
  }
  return chosen
}

/** Brackets with a number in them, as models write markers: `[7]`, `[1, 2]`, `[S3]`, `[^1]`, `【1】`. */
const MARKER = /(?<!\s)\s*[[【][^[\]【】\d\n]{0,80}\d[^[\]【】\n]{0,80}[\]】]/g

function firstSentence(written: string): string {
  const text = written.replace(MARKER, "").replace(/\s+/g, " ").trim()
  const [first] = splitSentences(text)
  return first === undefined ? "" : text.slice(first.start, first.end).replace(/(?<!\s)\s+([.!?])$/, "$1")
}
