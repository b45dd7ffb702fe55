import { splitSentences } from "../core/sentences.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { departureOf } from "./excerpt.ts"
import { type GateVerdict, gate } from "./gate.ts"

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

/** A sentence written from the best evidence may have been taken from another piece, but from none so much worse. */
const FURTHEST_SOURCE = 0.6
const MOST_SENTENCES = 8

/** Each written sentence with the best evidence that supports it, whatever marker it came with; none where nothing was written. */
export function checkSentences(
  written: string | null,
  evidence: readonly ScoredEvidence[],
  question: string,
): SentenceCheck[] {
  return written === null ? [] : sentencesOf(written).map((one) => check(one, evidence, question))
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
    const verdict = verdictOn(sentence, { title: source.passage.title, quote: source.quote }, question)
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

/** Whether a sentence says what the quote under its title says: its words by {@link gate}, their sequence by {@link departureOf}. */
export function verdictOn(
  sentence: string,
  { title, quote }: { readonly title: string; readonly quote: string },
  question: string,
): GateVerdict {
  const verdict = gate(sentence, `${title}\n${quote}`, question)
  if (!verdict.passes) return verdict
  const found = departureOf(sentence, quote, { title, question })
  if (found === undefined) return verdict
  return { passes: false, reason: "distorted", missing: [], problems: [{ code: "distortion", found }] }
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
