import type { AnswerSentence } from "../core/types.ts"
import type { SentenceCheck } from "./check-sentences.ts"
import { type Conflict, conflictOf } from "./conflicts.ts"
import type { ScoredEvidence } from "./evidence.ts"
import type { GateVerdict } from "./gate.ts"

type Withheld = Extract<GateVerdict, { passes: false }>

export interface Cited {
  readonly mode: "generated" | "extractive"
  readonly sentences: readonly AnswerSentence[]
  /** Evidence by marker: the first has marker 1. */
  readonly cited: readonly ScoredEvidence[]
  /** Why a written sentence was withheld, where one was. */
  readonly withheld: Withheld | null
  /** Every written sentence with its verdict, in order; none where nothing was written. */
  readonly checks: readonly SentenceCheck[]
  /** A second document that says otherwise; its sentence is cited too. */
  readonly conflict: Conflict | null
}

/** A further quote stands beside the best one when it is nearly as good and covers a term that is still open. */
const NEAR = 0.12
const MOST_QUOTES = 3

/**
 * Ties sentences to evidence. Each written sentence (`checkSentences`) is cited to the evidence that supports it; one that
 * nothing supports is withheld. Where the first one is withheld, the quotes stand in for
 * all. Where a second document contradicts the best sentence, its quote stands beside what is said, and so does the best
 * evidence of each part of a question of several (`wanted`, taken from `evidence`); of such a question no other quote is
 * shown, for it may be of a part that nothing supports.
 */
export function cite(
  checks: readonly SentenceCheck[],
  evidence: readonly ScoredEvidence[],
  question: string,
  wanted: readonly ScoredEvidence[] = [],
): Cited {
  const withheld = checks.map(({ verdict }) => verdict).find((verdict) => !verdict.passes) ?? null
  const conflict = conflictOf(evidence, question) ?? null
  const common = { withheld: withheld?.passes === false && evidence.length > 0 ? withheld : null, checks, conflict }
  if (evidence.length === 0) return { mode: "extractive", sentences: [], cited: [], ...common }
  const isGenerated = checks[0]?.verdict.passes === true
  const parts: Part[] = isGenerated
    ? checks.flatMap(({ sentence, position }) =>
        position === null ? [] : [{ text: sentence, source: evidence[position] }],
      )
    : (wanted.length > 0 ? wanted : quotesThatAnswer(evidence)).map(quoted)
  const sides = conflict === null ? [] : evidence.filter((one, place) => place === 0 || one === conflict.evidence)
  const unsaid = [...new Set([...wanted, ...sides])].filter((side) => parts.every(({ source }) => source !== side))
  const all = [...parts, ...unsaid.map(quoted)]
  return { mode: isGenerated ? "generated" : "extractive", ...numbered(all), ...common }
}

interface Part {
  readonly text: string
  readonly source: ScoredEvidence | undefined
}

function quoted(source: ScoredEvidence): Part {
  return { text: `“${source.quote.replace(/\s+/g, " ")}”`, source }
}

/** Markers in the order of their first use. */
function numbered(parts: readonly Part[]): Pick<Cited, "sentences" | "cited"> {
  const cited: ScoredEvidence[] = []
  const sentences = parts.flatMap(({ text, source }) => {
    if (source === undefined) return []
    if (!cited.includes(source)) cited.push(source)
    const marker = cited.indexOf(source) + 1
    return [{ text: `${text} [${marker}]`, citations: [marker], supported: true }]
  })
  return { sentences, cited }
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
