import { contentTerms } from "../core/terms.ts"
import { type Clause, nearestClause } from "./clauses.ts"

/**
 * Words that turn a comparison or a condition round, in pairs: the first side against the second. A word is on one side
 * of one pair.
 */
const PAIRS: readonly (readonly [one: string, other: string])[] = [
  ["more most mehr meisten plus", "less fewer least fewest weniger wenigsten moins"],
  ["before earlier earliest prior vor vorher avant", "after later latest nach nachher après"],
  ["minimum min minimal minimale mindestens least", "maximum max maximal maximale höchstens most"],
  ["above over exceeds über oberhalb", "below under unter unterhalb"],
  ["higher highest höher höchste", "lower lowest niedriger niedrigste"],
  [
    "increase increased increases increasing rise rose rises raised raise grew grow grows gained steigt stieg",
    "decrease decreased decreases decreasing fall fell falls reduce reduced reduces dropped drop drops declined decline shrank lowered sinkt sank",
  ],
  ["larger largest bigger biggest größer größte", "smaller smallest kleiner kleinste"],
  ["longer longest länger längste", "shorter shortest kürzer kürzeste"],
  ["faster fastest quicker schneller", "slower slowest langsamer"],
  ["heavier heaviest", "lighter lightest"],
  ["older oldest", "younger youngest newer newest"],
  ["warmer hotter hot warm", "colder cooler cold cool"],
  ["cheaper cheapest", "dearer dearest costlier costliest"],
  ["better best", "worse worst"],
  ["open opened opens opening", "close closed closes closing shut"],
  ["inside internal indoors indoor", "outside external outdoors outdoor"],
  ["mandatory required obligatory compulsory must", "optional voluntary may"],
  ["include included includes including", "exclude excluded excludes excluding except"],
  ["enable enabled enables on", "disable disabled disables off"],
  ["accept accepted accepts", "reject rejected rejects refuse refused refuses"],
  ["start starts started begin begins began", "end ends ended finish finishes finished"],
  ["left links", "right rechts"],
  ["clockwise", "anticlockwise counterclockwise"],
  ["upper top", "lower bottom"],
  ["front", "rear back"],
  ["north northern", "south southern"],
  ["east eastern", "west western"],
  ["first", "last"],
  ["gross", "net"],
  ["paid", "unpaid"],
  ["lock locked locks", "unlock unlocked unlocks"],
  ["install installed", "uninstall uninstalled"],
  ["import imports", "export exports"],
  ["always", "never"],
  ["input", "output"],
  ["succeed succeeded success", "fail failed failure"],
  ["buys buy bought", "sells sell sold"],
  ["lend lends lent", "borrow borrows borrowed"],
  ["win won wins", "lose lost loses"],
  ["male", "female"],
  ["debit", "credit"],
  ["deposit", "withdraw withdrawal"],
  ["permanent", "temporary"],
]

const SIDES = new Map<string, { readonly pair: number; readonly side: 0 | 1 }[]>()
for (const [pair, sides] of PAIRS.entries()) {
  for (const side of [0, 1] as const) {
    for (const word of sides[side].split(" ")) SIDES.set(word, [...(SIDES.get(word) ?? []), { pair, side }])
  }
}

/**
 * A word of the sentence whose opposite the evidence has, while it has the word's own side nowhere, or nowhere in the
 * clause that the sentence is nearest to.
 */
export function oppositeWord(sentence: string, evidence: string, clauses: readonly Clause[]): string | undefined {
  const found = turnedIn(sentence, wordsOf(evidence))
  if (found !== undefined) return found
  const terms = contentTerms(sentence).filter((term) => !SIDES.has(term))
  const nearest = nearestClause(clauses, terms)
  return nearest === undefined ? undefined : turnedIn(sentence, wordsOf(nearest.text))
}

function turnedIn(sentence: string, words: readonly string[]): string | undefined {
  const known = new Set<string>()
  for (const word of words) for (const { pair, side } of SIDES.get(word) ?? []) known.add(`${pair} ${side}`)
  const isTurned = ({ pair, side }: { pair: number; side: 0 | 1 }) =>
    known.has(`${pair} ${1 - side}`) && !known.has(`${pair} ${side}`)
  return wordsOf(sentence).find((word) => SIDES.get(word)?.every(isTurned))
}

/** `May` is a month and `may not` no permission. */
function wordsOf(text: string): string[] {
  const plain = text.replace(/\bMay\b/g, " ").replace(/\b(?:may|must) not\b/gi, " ")
  return plain.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? []
}
