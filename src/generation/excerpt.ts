import { splitSentences } from "../core/sentences.ts"
import { wordValue } from "./numerals.ts"
import { governs, isNamed, restricts } from "./restrictions.ts"
import { isAskedOf, isShortAnswer } from "./short-answer.ts"

/** How a sentence departs from its quote. */
export type Departure =
  /** Its words do not stand there in this sequence. */
  | "words"
  /** It begins or ends where no mark divides the quote. */
  | "border"
  /** What it leaves out at its beginning, in the middle or at its end narrows what it says. */
  | "beginning"
  | "middle"
  | "end"
  /** It is a word or three, which say what the question says of them, and the question asks of what the quote does not have. */
  | "question"

/**
 * How a sentence departs from an excerpt of its quote; undefined where it is one: the words of one sentence of the quote in
 * their sequence, from mark to mark, without asides, and nothing that narrows is left out unless the question names it.
 * Articles and numerals may differ. So may a short answer, a number with its words (`isShortAnswer`). A table row of a label
 * and its value has no sequence; in one of more cells nobody could tell which was meant. It withholds every paraphrase, true
 * or not: the quote stands in for them (compression by deletion alone: Knight and Marcu 2002; Filippova and Strube 2008).
 */
export function departureOf(
  sentence: string,
  quote: string,
  { title, question }: { readonly title: string; readonly question: string },
): Departure | undefined {
  const cells = quote.split(CELL_BORDER).length
  if (cells === 2) return restricts(quote) && !restricts(sentence) ? "middle" : undefined
  if (cells === 1 && isShortAnswer(sentence, quote, { title, question })) return undefined
  const written = tokensOf(sentence)
  if (written.length < SHORTEST_STATEMENT && !isAskedOf(question, `${title}\n${quote}`)) return "question"
  let found: Departure = "words"
  for (const { start, end } of splitSentences(quote)) {
    const departure = departureIn(quote.slice(start, end), written, question)
    if (departure === undefined) return undefined
    if (found === "words") found = departure
  }
  return found
}

interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
}

function departureIn(source: string, written: readonly Token[], question: string): Departure | undefined {
  const known = tokensOf(source)
  const lossFrom = createLoss({ source, known, written, question })
  let found: Departure = "words"
  for (const [place, { text, start }] of known.entries()) {
    if (text !== written[0]?.text) continue
    const departure = lossBefore(source.slice(0, start), question) ?? lossFrom(place, 0)
    if (departure === undefined) return undefined
    if (found === "words") found = departure
  }
  return found
}

/**
 * What the best way to find the written words leaves out, from one of them on that stands at a place. Each pair is looked at
 * once: a text of brackets in brackets would have more ways than anybody has time for.
 */
function createLoss(within: {
  readonly source: string
  readonly known: readonly Token[]
  readonly written: readonly Token[]
  readonly question: string
}): (place: number, index: number) => Departure | undefined {
  const { source, known, written, question } = within
  const seen = new Map<string, Departure | undefined>()
  const lossFrom = (place: number, index: number): Departure | undefined => {
    const key = `${place} ${index}`
    if (!seen.has(key)) seen.set(key, search(place, index))
    return seen.get(key)
  }
  const search = (place: number, index: number): Departure | undefined => {
    const next = written[index + 1]
    const end = known[place]?.end ?? 0
    if (next === undefined) return lossBehind(source.slice(end), question)
    let found: Departure = "words"
    for (let other = place + 1; other < known.length; other++) {
      const token = known[other]
      if (token === undefined || token.start - end > LONGEST_ASIDE) break
      if (token.text !== next.text) continue
      const gap = other === place + 1 ? undefined : lossBetween(source.slice(end, token.start))
      const loss = gap ?? lossFrom(other, index + 1)
      if (loss === undefined) return undefined
      if (found === "words") found = loss
    }
    return found
  }
  return lossFrom
}

/** The beginning goes where it is a connective, what the question names, or a statement of its own. */
function lossBefore(left: string, question: string): Departure | undefined {
  const bare = left.replace(LAST_ARTICLE, "")
  if (!hasWords(bare)) return undefined
  if (!LEFT_BORDER.test(bare)) return "border"
  const isOwn = STATEMENT_BEFORE.test(bare) && !restricts(bare) && !governs(bare)
  return isOwn || CONNECTIVE.test(bare) || isNamed(bare, question) ? undefined : "beginning"
}

/** In the middle an aside goes: between brackets, or between two marks where no new statement begins. */
function lossBetween(gap: string): Departure | undefined {
  if (!hasWords(gap)) return undefined
  const left = gap.replace(BRACKETS, " ")
  const isAside = !hasWords(left.replace(LAST_ARTICLE, "")) || ASIDE.test(left)
  return isAside && !restricts(gap) && !CIRCUMSTANCE.test(gap) ? undefined : "middle"
}

/** The end goes behind a mark, unless it narrows what the question does not name. */
function lossBehind(left: string, question: string): Departure | undefined {
  if (!hasWords(left)) return undefined
  const bare = left.replace(BRACKETS, " ")
  if (hasWords(bare) && !RIGHT_BORDER.test(bare)) return "border"
  return (restricts(left) || CIRCUMSTANCE.test(left)) && !isNamed(left, question) ? "end" : undefined
}

/** Words and numbers without articles, with `is` for `are`. */
function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].flatMap((match) => {
    const word = match[0].toLowerCase()
    if (ARTICLES.has(word)) return []
    const value = wordValue(word)
    const plain = value === undefined ? (NUMBER_OF_VERB.get(word) ?? word.replaceAll(",", "")) : String(value)
    return [{ text: plain, start: match.index, end: match.index + match[0].length }]
  })
}

const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)

/** In words without articles. */
const SHORTEST_STATEMENT = 4
const CELL_BORDER = / \| /
/** `304,016` and `2.5` are one; a hyphen divides, and a mark of its own has to stand on both sides or on none. */
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[.,]\p{N}+)*|[%€$£°§]/gu
const ARTICLES = new Set("the a an der die das den dem des ein eine einen einem einer le la les un une".split(" "))
const NUMBER_OF_VERB = new Map([
  ["are", "is"],
  ["were", "was"],
])
const LAST_ARTICLE = /(?:^|(?<=\s))(?:the|an?|der|die|das|ein|eine|le|la|les|un|une)\s+$/i
const BRACKETS = /\([^()]*\)/g
const LEFT_BORDER = /(?:[,;:–—)]|\b(?:and|but|und|aber|et|mais))\s*["“„«'(]*\s*$/iu
/** `…; ` and `…, and `: what stands before is said, too. */
const STATEMENT_BEFORE = /(?:;|[,;]\s*(?:and|und|et))\s*["“„«'(]*\s*$/iu
const CONNECTIVE =
  /^["“„«'(\s]*(?:(?:however|therefore|thus|moreover|furthermore|also|first(?:ly)?|second(?:ly)?|third(?:ly)?|finally|in fact|for example|for instance|in addition|additionally|then|so|and|but|indeed|today|hence|consequently|accordingly|as a result|by contrast|in particular|similarly|außerdem|daher|deshalb|zum Beispiel|de plus|donc|ainsi|par exemple)[\s,:]*)+$/iu
const ASIDE =
  /^\s*[,–—]\s*(?:which|who|whose|where|including|such as|also|however|therefore|for example|born|\p{L}+(?:ed|ing)|of|as well as|an?|dem|der|die|das|dont|qui|que)(?!\p{L})[^,;–—]*[,–—]\s*(?:(?:the|an?)\s+)?$/iu
/** `…, for members`, `… – on weekdays`: the circumstance under which it is said. */
const CIRCUMSTANCE =
  /^["”’»'\]\s]*[,;:–—(]\s*(?:for|in|on|at|with|within|by|from|under|during|after|before|per|as(?! well as)|to|through|für|im|am|an|auf|bei|mit|nach|vor|unter|während|pro|pour|dans|en|avec|sous|pendant|après|avant|par)(?!\p{L})/iu
const RIGHT_BORDER = /^["”’»'\]\s]*[,;:–—]/u
/** In characters; what is longer is no aside. */
const LONGEST_ASIDE = 200
