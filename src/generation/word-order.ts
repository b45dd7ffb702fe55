import { contentTerms } from "../core/terms.ts"
import { wordValue } from "./numerals.ts"
import { formsOf, isLight } from "./wording.ts"

/** A word of a text, with what it can be found by. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly forms: readonly string[]
  /** Whether it claims something; numbers and dates are compared by value elsewhere. */
  readonly isContent: boolean
}

/** A content word of the sentence at its place among the words of the quote. */
export interface Placed {
  readonly word: Word
  readonly place: number
  /** Whether it follows the one before it as in the quote, or by a turn that means the same. */
  readonly isTurned: boolean
}

/** A content word of the sentence and all its places in the quote. */
export interface Match {
  readonly word: Word
  readonly places: readonly number[]
}

/** Two texts as they are, and the words of the quote. */
export interface Pair {
  readonly sentence: string
  readonly quote: string
  readonly known: readonly Word[]
}

export function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => {
    const terms = contentTerms(match[0])
    return {
      text: match[0],
      start: match.index,
      end: match.index + match[0].length,
      forms: terms.flatMap(formsOf),
      isContent: terms.some((term) => !isLight(term)) && !/^\d/.test(match[0]) && wordValue(match[0]) === undefined,
    }
  })
}

/** Where the content words of a sentence stand in a quote. */
export function matchesOf(sentence: string, known: readonly Word[]): Match[] {
  return wordsOf(sentence)
    .filter(({ isContent }) => isContent)
    .map((word) => ({ word, places: known.flatMap((other, place) => (isSame(word, other) ? [place] : [])) }))
}

/**
 * The words in the order of the quote: as they are, or with one part moved whole in a way that keeps the meaning. Undefined
 * where there is no such order.
 */
export function orderOf(matches: readonly Match[], pair: Pair): Placed[] | undefined {
  const straight = pathOf(matches)
  if (straight !== undefined) return straight
  for (let cut = 1; cut < matches.length; cut++) {
    const turned = movedAt(cut, matches, pair)
    if (turned !== undefined) return turned
  }
  return passiveOf(matches, pair)
}

/** What stands between two words of the quote. */
export function textBetween({ quote, known }: Pair, left: number, right: number): string {
  return quote.slice(known[left]?.end ?? 0, known[right]?.start ?? 0)
}

/** `The data is put together at the destination` for `At the destination, the data …`; `A is B` for `B, A`. */
function movedAt(cut: number, matches: readonly Match[], pair: Pair): Placed[] | undefined {
  const [head, tail] = [matches.slice(0, cut), matches.slice(cut)]
  const turned = pathOf([...tail, ...head])
  const [first, endOfTail, joint] = [turned?.[0], turned?.[tail.length - 1], turned?.[tail.length]]
  const [opening, endOfHead, firstOfTail] = [head[0]?.word, head.at(-1)?.word, tail[0]?.word]
  if (turned === undefined || first === undefined || endOfTail === undefined || joint === undefined) return undefined
  if (opening === undefined || endOfHead === undefined || firstOfTail === undefined) return undefined
  const written = pair.sentence.slice(endOfHead.end, firstOfTail.start)
  const between = textBetween(pair, endOfTail.place, joint.place)
  const isSame =
    (COPULA.test(written) && EQUALS.test(between)) ||
    (AGENT.test(between) !== AGENT.test(written) && !hasContent(between) && !hasContent(written)) ||
    (between.includes(",") && hasSamePreposition(written, pair.quote.slice(0, pair.known[first.place]?.start))) ||
    (hasSamePreposition(pair.sentence.slice(0, opening.start), between) && !CLAUSE_WORD.test(between))
  return isSame ? turned.map((one) => (one === joint ? { ...one, isTurned: true } : one)) : undefined
}

export const hasContent = (text: string): boolean => contentTerms(text).some((term) => !isLight(term))

function hasSamePreposition(left: string, right: string): boolean {
  const [one, other] = [left, right].map((text) => PREPOSITION.exec(text.slice(text.lastIndexOf(",") + 1))?.[0])
  return one !== undefined && one.toLowerCase() === other?.toLowerCase()
}

/** `Watt introduced the duty` for `the duty was introduced by Watt`, and the other way round. */
function passiveOf(matches: readonly Match[], pair: Pair): Placed[] | undefined {
  for (let verb = 1; verb < matches.length - 1; verb++) {
    const [agent, act, rest] = [matches.slice(0, verb), matches.slice(verb, verb + 1), matches.slice(verb + 1)]
    const turned = pathOf([...rest, ...act, ...agent])
    const [verbAt, agentAt] = [turned?.[rest.length], turned?.[rest.length + 1]]
    if (turned === undefined || verbAt === undefined || agentAt === undefined) continue
    const between = textBetween(pair, verbAt.place, agentAt.place)
    const written = pair.sentence.slice(act[0]?.word.end, rest[0]?.word.start)
    if (AGENT.test(between) === AGENT.test(written)) continue
    return turned.map((one) => (one === agentAt || one === verbAt ? { ...one, isTurned: true } : one))
  }
  return undefined
}

interface Path {
  readonly width: number
  readonly placed: readonly Placed[]
}

/** Increasing places with the least distance between first and last; undefined where there are none. */
function pathOf(matches: readonly Match[]): Placed[] | undefined {
  let paths: Path[] = [{ width: 0, placed: [] }]
  for (const { word, places } of matches) {
    paths = places.flatMap((place) => {
      const before = paths.filter(({ placed }) => (placed.at(-1)?.place ?? -1) < place)
      const [first, ...others] = before.map(({ width, placed }) => {
        const last = placed.at(-1)
        return { width: width + (last === undefined ? 0 : place - last.place), placed }
      })
      if (first === undefined) return []
      const best = others.reduce((left, right) => (right.width < left.width ? right : left), first)
      return [{ width: best.width, placed: [...best.placed, { word, place, isTurned: false }] }]
    })
  }
  const [first, ...others] = paths
  if (first === undefined) return undefined
  return [...others.reduce((left, right) => (right.width < left.width ? right : left), first).placed]
}

function isSame(own: Word, other: Word): boolean {
  if (own.text.toLowerCase() === other.text.toLowerCase()) return true
  return own.forms.some((form) => other.forms.includes(form))
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu
const CLAUSE_WORD = /\b(?:that|which|who|whose|where|because|while|whereas|although|when|if)\b|[;:]|,(?!\d)/i
const COPULA = /\b(?:is|are|was|were)\b/i
const EQUALS = /^\s*(?:[,(:]\s*(?:the|an?)?|(?:is|are|was|were)(?:\s+(?:the|an?))?)\s*$/i
const PREPOSITION = /\b(?:in|at|on|after|before|during|since|under|within|for)\b/i
/** The word before an agent: `inspected every 18 months by the firm`. */
const AGENT = /\b(?:by|von|par)\b(?:\s+\w{1,3})?\s*$/i
