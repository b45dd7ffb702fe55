import { contentTerms } from "../core/terms.ts"
import { boundBefore } from "./bounds.ts"
import { numberValue, wordValue } from "./numerals.ts"
import { governs, isDenied, isNamed, restrictionsIn } from "./restrictions.ts"
import { formsOf, isLight } from "./wording.ts"

/**
 * Whether a few words without an auxiliary answer a question from its quote: a number with its words as they stand there,
 * the only number of the quote, no bound before it (`up to`), all that the question asks of is in quote or title, and the
 * question names what narrows the quote: a condition, a phrase at its beginning (`Under the proposal, …`), `only`,
 * `suggested`. Of names instead of numbers nobody could tell which of several was asked for.
 */
export function isShortAnswer(
  sentence: string,
  quote: string,
  { title, question }: { readonly title: string; readonly question: string },
): boolean {
  const text = sentence.trim().replace(/\.$/, "").toLowerCase()
  if (!beginsWithNumber(text) || text.split(/\s+/).length > LONGEST || AUXILIARY.test(text)) return false
  // both in lower case, for that may change the number of characters
  const within = quote.toLowerCase()
  const start = within.indexOf(text)
  if (start < 0) return false
  const [before, after] = [within.slice(0, start), within.slice(start + text.length)]
  const isCut = /[\p{L}\p{N}.,:/-]$/u.test(before) || /^(?:[\p{L}\p{N}/-]|[.,:]\p{N})/u.test(after)
  if (isCut || hasNumber(before) || hasNumber(after)) return false
  if ((boundBefore(before) !== undefined && !WITHIN.test(before)) || NARROWED.test(before)) return false
  return (
    isAskedOf(question, `${title}\n${quote}`) &&
    isDenied(quote) === isDenied(question) &&
    keepsConditions(quote, question) &&
    !governs(before) &&
    isBeginningNamed(before, question) &&
    areNamed(restrictionsIn(`${before.replace(CONDITION, " ")} ${after.replace(CONDITION, " ")}`), question)
  )
}

/** Whether a text has all content words of a question but those that say what kind of thing it asks for. */
export function isAskedOf(question: string, text: string): boolean {
  const known = new Set(contentTerms(text).flatMap(formsOf))
  return contentTerms(question.replace(ASKED_KIND, " "))
    .filter((term) => !isLight(term))
    .every((term) => formsOf(term).some((form) => known.has(form)))
}

function keepsConditions(quote: string, question: string): boolean {
  return [...quote.matchAll(CONDITION)].every(([clause]) => isNamed(clause, question))
}

/** A phrase before the first comma, in which the quote says under which circumstance it holds. */
function isBeginningNamed(before: string, question: string): boolean {
  const phrase = BEGINNING.exec(before)?.[0]
  return phrase === undefined || isNamed(phrase, question)
}

function areNamed(words: readonly string[], question: string): boolean {
  const asked = new Set(question.toLowerCase().match(WORD) ?? [])
  return words.every((word) => (word.match(WORD) ?? []).every((part) => asked.has(part)))
}

/** `in the 1920s`, `12 May`, `less than 15 parts`, `channel 12`: before its number is no more than a word or a bound. */
function beginsWithNumber(text: string): boolean {
  const bare = text.replace(LEADING, "")
  const [number] = [...bare.matchAll(WORD)].filter(([word]) => isNumber(word) || /^\p{N}/u.test(word))
  if (number === undefined || !hasNumber(text)) return false
  const left = bare.slice(0, number.index)
  if (!/\p{L}/u.test(left) || MONTH.test(left) || boundBefore(left)?.length === left.length) return true
  return /^\p{L}+\s$/u.test(left) && number.index + number[0].length === bare.length
}

const hasNumber = (text: string): boolean => (text.match(WORD) ?? []).some(isNumber)

const isNumber = (word: string): boolean => !Number.isNaN(numberValue(word)) || wordValue(word) !== undefined

const LONGEST = 7
/** The one bound that an answer does well without: `within 1 hour`. */
const WITHIN = /\b(?:within|binnen|innerhalb von)\s+$/i
const LEADING = /^(?:(?:in|on|at|am|im|um|en|à)\s+)?(?:(?:the|der|den|le)\s+)?/
const MONTH = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|fév|avr|aoû|juin|juil|déc)/
const BEGINNING =
  /^[^\p{L}]*(?:under|by|in|at|from|after|before|during|for|with|on|per|as|to|according|against|among|given|depending|nach|vor|unter|bei|im|in|am|ab|mit|gemäß|während|für|selon|sous|après|avant|pendant|pour|dans|en)\s[^,]*,/u
const WORD = /[\p{L}\p{M}\p{N}]+/gu
/** What makes a statement, which is an excerpt or nothing. */
const AUXILIARY = /\b(?:is|are|was|were|be|has|have|had|can|may|must|will|do|does|did|ist|sind|war|hat|est|sont|ont)\b/
const NARROWED =
  /\b(?:only|about|around|nearly|almost|approximately|some|between|another|every other|nur|etwa|rund|fast|environ)\s+(?:(?:the|an?)\s+)?$/i
const CONDITION = /\b(?:if|unless|when|provided|in case|as long as|wenn|falls|sofern|si)\b[^,;.]*/gi
/** What a question asks for, which no answer repeats: `what year`, `how long`. */
const ASKED_KIND =
  /\b(?:(?:what|which|how (?:many|much|long|often|far|soon|quickly))\s+(?:year|date|day|month|time|number|amount|share|percent(?:age)?)s?|how \p{L}+|wann|wie \p{L}+|quand|combien|name[sd]?|call(?:s|ed)?|take[sn]?|taking|last(?:s|ing)?)\b/giu
