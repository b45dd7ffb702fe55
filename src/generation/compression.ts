import { splitSentences } from "../core/sentences.ts"
import { contentTerms } from "../core/terms.ts"
import { wordValue } from "./numerals.ts"
import { turnedWord } from "./polarity.ts"
import {
  hasContent,
  matchesOf,
  orderOf,
  type Pair,
  type Placed,
  textBetween,
  type Word,
  wordsOf,
} from "./word-order.ts"
import { formsOf, isLight } from "./wording.ts"

/** How a sentence says other than its quote. */
export type Distortion =
  /** Its words stand there in another order. */
  | "order"
  /** What is left out between two words is a clause of its own: the first is not what the second is said of. */
  | "subject"
  /** An `if` of the quote is gone that the question did not name, or a `because` is new. */
  | "condition"
  /** A number, an `only` or a denial that narrows is gone. */
  | "restriction"
  /** A `may` is gone. */
  | "hedge"
  /** A `by` is gone or new, or what stood behind a preposition is what the sentence is about. */
  | "role"
  /** It speaks of what only the title names. */
  | "name"
  /** It is a few words, and the question asks of what the quote does not have. */
  | "question"
  /** The quote denies, and neither the sentence nor the question does. */
  | "denial"

/**
 * How a sentence that holds no word of its own distorts its quote; undefined where it can be had from one sentence of the
 * quote by leaving words out (sentence compression by deletion: Knight and Marcu 2002; Filippova and Strube 2008), or with
 * one part moved whole (passive, `A is B`, a place or time in front). Rows of tables have no order. It withholds paraphrases
 * that are true: the quote stands in for them.
 */
export function distortionOf(
  sentence: string,
  quote: string,
  { title, question }: { readonly title: string; readonly question: string },
): Distortion | undefined {
  if (TABLE_ROW.test(quote)) return undefined
  const sentences = splitSentences(quote).map(({ start, end }) => quote.slice(start, end))
  let found: Distortion | undefined
  for (const source of sentences.length > 1 ? [...sentences, quote] : [quote]) {
    const distortion = distortionIn(sentence, source, title, question)
    if (distortion === undefined) return undefined
    if (found === undefined || found === "order") found = distortion
  }
  return found
}

function distortionIn(sentence: string, quote: string, title: string, question: string): Distortion | undefined {
  const pair = { sentence, quote, known: wordsOf(quote) }
  const matches = matchesOf(sentence, pair.known)
  const missing = matches.filter(({ places }) => places.length === 0).map(({ word }) => word)
  if (CAUSE.test(sentence) && !CAUSE.test(quote)) return "condition"
  if (isOfTitleAlone(missing, pair, title)) return "name"
  if (leansOnQuestion(sentence, pair, title, question)) return "question"
  const order = orderOf(
    matches.filter(({ places }) => places.length > 0),
    pair,
  )
  if (order === undefined) return "order"
  if (isDemoted(order, pair)) return "role"
  const numbers = pair.known.flatMap(({ text }, place) => (/^\d/.test(text) && hasWord(sentence, text) ? [place] : []))
  const loss = lossBetween(order, pair) ?? lossBesideNumber(order, numbers, pair)
  if (loss !== undefined) return loss
  const places = order.length > 0 ? order.map(({ place }) => place) : numbers
  const from = pair.known[Math.min(...places)]?.start ?? 0
  const to = pair.known[Math.max(...places)]?.end ?? quote.length
  if (losesCondition(pair, question, from, to)) return "condition"
  const isDenied = DENIAL.test(clausesAround(quote, from, to)) && !DENIAL.test(sentence) && !DENIAL.test(question)
  return isDenied ? "denial" : undefined
}

/** A word that only the title has, where no pronoun of the quote stands for what the title names. */
function isOfTitleAlone(missing: readonly Word[], { quote }: Pair, title: string): boolean {
  const inTitle = new Set(contentTerms(title).flatMap(formsOf))
  return missing.some(({ forms }) => forms.some((form) => inTitle.has(form))) && !ANAPHOR.test(quote)
}

/**
 * A few words without a verb say what the question says of them: all that it asks has to stand in the quote or its title
 * then, and they may not be a thing of its own name (`shortening the admission event` for the expansion event).
 */
function leansOnQuestion(sentence: string, { quote, known }: Pair, title: string, question: string): boolean {
  const own = wordsOf(sentence).filter(({ isContent }) => isContent)
  if (own.length > LONGEST_FRAGMENT || wordsOf(sentence).some(isVerb) || hasThirdPerson(sentence)) return false
  const forms = new Set([...known.flatMap((word) => word.forms), ...contentTerms(title).flatMap(formsOf)])
  const asked = wordsOf(question.replace(ASKED_KIND, " ")).filter(({ isContent }) => isContent)
  const isUnknown = (word: Word) => !word.forms.some((form) => forms.has(form)) && !quote.includes(word.text)
  const isAsked = own.map((word) => asked.some((other) => other.forms.some((form) => word.forms.includes(form))))
  const between = isAsked.slice(isAsked.indexOf(true), isAsked.lastIndexOf(true))
  return asked.some(isUnknown) || between.includes(false)
}

/** The sentence is about what the quote has behind a preposition: `In Keck two importers claimed` for `Keck claimed`. */
function isDemoted(order: readonly Placed[], { sentence, quote, known }: Pair): boolean {
  const [first] = [...order].sort((left, right) => left.word.start - right.word.start)
  if (first === undefined || order[0] !== first || !wordsOf(sentence).some(isVerb)) return false
  const before = quote.slice(0, known[first.place]?.start)
  return BEHIND.test(before) && !BEHIND.test(sentence.slice(0, first.word.start))
}

/** `to allow` for `which allowed`. */
const isPurpose = (written: string, left: string): boolean => /\bto\b/i.test(written) && !/\bto\b/i.test(left)

/** What is lost between two words that follow each other in the sentence. */
function lossBetween(order: readonly Placed[], pair: Pair): Distortion | undefined {
  for (const [step, { word, place, isTurned }] of order.entries()) {
    const previous = order[step - 1]
    if (previous === undefined || isTurned) continue
    const left = withoutAsides(textBetween(pair, previous.place, place))
    const written = pair.sentence.slice(previous.word.end, word.start)
    const isLost = (what: RegExp) => what.test(left) && !what.test(written)
    const isNarrowed = NARROWED.test(left) && !wordsOf(written).some(isNumber)
    if (isNarrowed || isLost(DENIAL) || isLost(/\bonly\b/i)) return "restriction"
    if (isLost(CLAUSE) && (hasContent(left) || isPurpose(written, left))) return "subject"
    const joined = joinedIn(written) === undefined ? joinedIn(left) : undefined
    if (joined !== undefined && (ARTICLE.test(joined) || hasContent(joined))) return "subject"
    if (HEDGE.test(left) && !HEDGED.test(pair.sentence)) return "hedge"
    if (roleOf(left) !== roleOf(written)) return "role"
  }
  return undefined
}

/** A number that another number stands before, which the sentence does not have: `born in 1871, discovered in 1904`. */
function lossBesideNumber(order: readonly Placed[], numbers: readonly number[], pair: Pair): Distortion | undefined {
  if (order.length === 0) return undefined
  const distanceOf = (number: number) => Math.min(...order.map(({ place }) => Math.abs(place - number)))
  for (const text of new Set(numbers.map((number) => pair.known[number]?.text))) {
    const [number] = numbers
      .filter((one) => pair.known[one]?.text === text)
      .sort((left, right) => distanceOf(left) - distanceOf(right))
    if (number === undefined) continue
    const near = order.find(({ place }) => Math.abs(place - number) === distanceOf(number))?.place ?? number
    const [from, to] = [Math.min(near, number), Math.max(near, number)]
    const isOther = (word: Word) => isNumber(word) && !hasWord(pair.sentence, word.text)
    const between = textBetween(pair, from, to)
    const isAcross = CLAUSE.test(between) || joinedIn(between) !== undefined
    if (isAcross && pair.known.slice(from + 1, to).some(isOther)) return "restriction"
  }
  return undefined
}

/** A condition outside what is used, half of whose words neither the sentence nor the question has, or that it turns. */
function losesCondition({ sentence, quote }: Pair, question: string, from: number, to: number): boolean {
  const said = new Set([...contentTerms(sentence), ...contentTerms(question)].flatMap(formsOf))
  return [...quote.matchAll(CONDITION)].some(({ index, 0: word }) => {
    if (index >= from && index < to) return false
    const [clause = ""] = quote.slice(index + word.length).split(/[,;.]/)
    const terms = contentTerms(clause).filter((term) => !isLight(term))
    const named = terms.filter((term) => formsOf(term).some((form) => said.has(form)))
    if (named.length < terms.length / 2) return true
    const isTurned = DENIAL.test(clause) !== DENIAL.test(question)
    return terms.length > 0 && isTurned && turnedWord(question, clause) !== undefined
  })
}

/** What is used, to the mark or clause word before it and behind it. */
function clausesAround(quote: string, from: number, to: number): string {
  const before = quote.slice(0, from).split(CLAUSE_MARK).at(-1) ?? ""
  const after = quote.slice(to).split(CLAUSE_MARK)[0] ?? ""
  return before + quote.slice(from, to) + after
}

/** Without what stands between brackets or two commas. */
function withoutAsides(gap: string): string {
  return gap.replace(/\([^()]*\)/g, " ").replace(/,[^,;]*,(?!\d)/g, " ")
}

/** The word before the next that says who does and who suffers: `elected by`, `bought from`. */
function roleOf(gap: string): string | undefined {
  const last = gap.split(/\s+/).findLast((word) => /\p{L}/u.test(word) && !ARTICLE.test(word))
  return last !== undefined && ROLE.test(last) ? last.toLowerCase() : undefined
}

const isVerb = ({ text }: Word): boolean => VERBS.has(text.toLowerCase()) || /\p{L}{2}ed$/u.test(text)
/** `The ramp carries 44 tonnes`, but not `44 tonnes a day`. */
const hasThirdPerson = (sentence: string): boolean =>
  wordsOf(sentence).some((word, place, all) => {
    const [before, after] = [all[place - 1], all[place + 1]]
    if (before === undefined || after === undefined || isNumber(before)) return false
    return /\p{L}{3}s$/iu.test(word.text) && (isNumber(after) || ARTICLE.test(after.text))
  })
/** The word behind the last `and`. */
const joinedIn = (text: string): string | undefined => [...text.matchAll(JOINED)].at(-1)?.[1]
const isNumber = ({ text }: Word): boolean => /^\d/.test(text) || wordValue(text) !== undefined
const hasWord = (text: string, word: string): boolean => wordsOf(text).some((one) => one.text === word)

const TABLE_ROW = /\S \| \S/
const DENIAL =
  /\b(?:not|no|never|none|neither|nor|without|except|unless|instead|rather|hardly|cannot|refused?|failed|nicht|kein\p{L}*|nie|ohne|pas|jamais|sans)(?!\p{L})|n['’]t\b/iu
const CLAUSE = /\b(?:that|which|who|whose|where|because|while|whereas|although|when|if)\b|[;:–—]|,(?!\d)/i
const CLAUSE_MARK = /[,;:()–—]|\b(?:that|which|who|whose|where|because|while|whereas|although|when|if|but)\b/i
const CONDITION = /\b(?:if|unless|when|provided|in case|as long as|wenn|falls|sofern|si)\b/gi
const CAUSE = /\b(?:because|since|due to|so that|therefore|weil|da|parce que)\b/i
const HEDGE = /\b(?:may|might|could|possibly|probably|perhaps)\b/i
const HEDGED = /\b(?:may|might|could|can|possibly|possible|probably|perhaps|allowed|permitted)\b/i
const ROLE = /^(?:by|against|than|without)$/i
/** A number that belongs to the word before: `a rating of 30 percent`. */
const NARROWED =
  /^\s*(?:(?:of|with|over|above|under|below|from|between|at|until|up to)\s+)?(?:(?:at least|at most|more than|less than|over|under)\s+)?\d/i
const JOINED = /\b(?:and|or|but|und|oder|aber|et|ou|mais)\s+([\p{L}\p{M}]+)/giu
const LONGEST_FRAGMENT = 6
/** Verbs that a short answer is a sentence by; those in `-ed` too. */
const VERBS = new Set(
  (
    "is are was were be been has have had can could may might must shall should will would do does did ist sind " +
    "war waren wird werden hat haben kann muss est sont a ont doit peut became began brought built came fell found " +
    "gave got grew held kept led left lost made met ran rose said saw sent sold spent took went won wrote begin " +
    "begins cost costs end ends get gets give gives goes last lasts make makes means need needs pay pays receive " +
    "receives require requires run runs take takes use uses work works beginnt beträgt bekommt dauert endet erhält " +
    "gibt gilt kostet liegt steht dure coûte commence"
  ).split(" "),
)
/** What a question asks for, which no answer repeats: `what year`, `another term`. */
const ASKED_KIND =
  /\b(?:(?:what|which|whose|how (?:many|much|long|often|far|soon|quickly)|another|other)\s+(?:\p{L}+\s+)?(?:year|date|day|month|time|term|name|word|type|kind|sort|number|amount|share|percent(?:age)?|person|people|place|city|country|thing)s?|how \p{L}+|wann|wo|wer|wie|was|wem|wen|welche[rsmn]?|wohin|warum|quand|où|qui|quoi|quel(?:le)?s?|combien|comment|pourquoi|name|term|call(?:ed)?|mean(?:s|ing)?|say|said|state[sd]?)\b/giu
/** A preposition at the end, an article behind it or not. */
const BEHIND = /\b(?:in|at|of|for|with|from|to|on|under|by)(?:\s+(?:the|an?|its?|his|her|their|this|these))?\s+$/i
const ARTICLE = /^(?:the|an?|its?|his|her|their)$/i
/** What may stand for the thing that the title names. */
const ANAPHOR =
  /\b(?:it|its|here|this|these|they|their|he|she|his|her|the (?:city|town|country|company|river|university|capital|state|region|programme|program|system|network|service|card|tool|team))\b/i
