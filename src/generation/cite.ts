import { splitSentences } from "../core/sentences.ts"
import type { AnswerSentence } from "../core/types.ts"
import { type Conflict, conflictOf } from "./conflicts.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { type GateVerdict, gate } from "./gate.ts"

type Withheld = Extract<GateVerdict, { passes: false }>

/** What became of one written sentence. */
export interface SentenceCheck {
  /** Without markers. */
  readonly sentence: string
  /** Markers that were written, as they were; they count for nothing. */
  readonly writtenMarkers: readonly string[]
  readonly verdict: GateVerdict
  /** Position in the evidence of what supports it, from 0, or null where nothing does. */
  readonly position: number | null
}

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
/** A sentence written from the best evidence may have been taken from another piece, but from none so much worse. */
const FURTHEST_SOURCE = 0.6
const MOST_SENTENCES = 8

/**
 * Ties sentences to evidence. Each written sentence is cited to the best piece of evidence that supports it, whatever
 * marker it came with; one that nothing supports is withheld. Where the first one is withheld, the quotes stand in for
 * all. Where a second document contradicts the best sentence, its quote stands beside what is said, and so does the best
 * evidence of each part of a question of several (`wanted`, taken from `evidence`); of such a question no other quote is
 * shown, for it may be of a part that nothing supports.
 */
export function cite(
  written: string | null,
  evidence: readonly ScoredEvidence[],
  question: string,
  wanted: readonly ScoredEvidence[] = [],
): Cited {
  const checks = written === null ? [] : sentencesOf(written).map((one) => check(one, evidence, question))
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

/** The best evidence that supports the sentence; its verdict on the best of all where none does. */
function check(
  { sentence, writtenMarkers }: Written,
  evidence: readonly ScoredEvidence[],
  question: string,
): SentenceCheck {
  const best = evidence[0]?.score ?? 0
  let first: GateVerdict | undefined
  for (const [position, source] of evidence.entries()) {
    if (position > 0 && best - source.score > FURTHEST_SOURCE) continue
    const verdict = gate(sentence, `${source.passage.title}\n${source.quote}`, question)
    if (verdict.passes) return { sentence, writtenMarkers, verdict, position }
    first ??= verdict
    // what is said of the question or of the model is the same for all evidence
    if (verdict.reason === "empty" || verdict.reason === "refusal" || verdict.reason === "nothing-new") break
  }
  return {
    sentence,
    writtenMarkers,
    verdict: first ?? { passes: false, reason: "empty", missing: [], problems: [] },
    position: null,
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

type Written = Pick<SentenceCheck, "sentence" | "writtenMarkers">

/** The sentences that were written; a last one that was cut short by the end of writing is left out. */
function sentencesOf(written: string): Written[] {
  const markers: string[] = []
  const text = written
    .replace(MARKER, (marker) => {
      markers.push(marker.trim())
      return ""
    })
    .replace(/\s+/g, " ")
    .trim()
  const found = splitSentences(text).slice(0, MOST_SENTENCES)
  if (found.length === 0) return [{ sentence: "", writtenMarkers: markers }]
  const whole = found.filter(
    ({ end }, place) => place === 0 || /[.!?。！？]["'”’)\]]*$/.test(text.slice(Math.max(0, end - 4), end)),
  )
  return whole.map(({ start, end }, place) => ({
    sentence: text.slice(start, end).replace(/(?<!\s)\s+([.!?])$/, "$1"),
    writtenMarkers: place === 0 ? markers : [],
  }))
}
