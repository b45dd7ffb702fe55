import { contentTerms } from "../core/terms.ts"
import { boundBefore } from "./bounds.ts"
import { numberValue, wordValue } from "./numerals.ts"
import { isDenied, isNamed } from "./restrictions.ts"
import { formsOf, isLight } from "./wording.ts"

/**
 * Whether a few words without an auxiliary answer a question from its quote: a number with its words as they stand there,
 * the only number of the quote, no bound before it (`up to`), all that the question asks of is in quote or title, and a condition of
 * the quote is named by the question. Of names instead of numbers nobody could tell which of several was asked for.
 */
export function isShortAnswer(
  sentence: string,
  quote: string,
  { title, question }: { readonly title: string; readonly question: string },
): boolean {
  const text = sentence.trim().replace(/\.$/, "").toLowerCase()
  if (!hasNumber(text) || text.split(/\s+/).length > LONGEST || AUXILIARY.test(text)) return false
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
    keepsConditions(quote, question)
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

const hasNumber = (text: string): boolean =>
  (text.match(WORD) ?? []).some((word) => !Number.isNaN(numberValue(word)) || wordValue(word) !== undefined)

const LONGEST = 7
/** The one bound that an answer does well without: `within 1 hour`. */
const WITHIN = /\b(?:within|binnen|innerhalb von)\s+$/i
const WORD = /[\p{L}\p{M}\p{N}]+/gu
/** What makes a statement, which is an excerpt or nothing. */
const AUXILIARY = /\b(?:is|are|was|were|be|has|have|had|can|may|must|will|do|does|did|ist|sind|war|hat|est|sont|ont)\b/
const NARROWED =
  /\b(?:only|about|around|nearly|almost|approximately|some|between|another|every other|nur|etwa|rund|fast|environ)\s+(?:(?:the|an?)\s+)?$/i
const CONDITION = /\b(?:if|unless|when|provided|in case|as long as|wenn|falls|sofern|si)\b[^,;.]*/gi
/** What a question asks for, which no answer repeats: `what year`, `how long`. */
const ASKED_KIND =
  /\b(?:(?:what|which|how (?:many|much|long|often|far|soon|quickly))\s+(?:year|date|day|month|time|number|amount|share|percent(?:age)?)s?|how \p{L}+|wann|wie \p{L}+|quand|combien|name[sd]?|call(?:s|ed)?|take[sn]?|taking|last(?:s|ing)?)\b/giu
