import { contentTerms } from "../core/terms.ts"

/**
 * A question that leans on the one before it, completed so that it can be searched with; any other as it is.
 *
 * "And in Germany?" takes the place of the phrase with the same preposition at the end of the former question, or is put
 * behind it; "How long is it valid?" is followed by the former question's content words, in brackets, or by what that was
 * completed with itself. Rules alone: they cost nothing, and what was searched with is shown in the receipt.
 */
export function completeFollowUp(question: string, former: string): string {
  const asked = question.trim()
  const before = withoutEnd(former)
  if (before === "") return asked
  const [, elliptic] = ELLIPSIS.exec(asked) ?? []
  if (elliptic !== undefined && elliptic.split(/\s+/).length <= LONGEST_ELLIPSIS_WORDS) {
    return `${withPhrase(before, withoutEnd(elliptic))}?`
  }
  if (!leansOnFormer(asked)) return asked
  const known = new Set(contentTerms(asked))
  const topic = (subjectOf(before).match(/[\p{L}\p{N}][\p{L}\p{N}_.@/:-]*/gu) ?? []).filter((word) => {
    const terms = contentTerms(word).filter((term) => !GENERAL.has(term))
    return terms.length > 0 && !terms.every((term) => known.has(term))
  })
  return topic.length === 0 ? asked : `${asked} (${topic.join(" ")})`
}

/** What a question is about: of one that was completed itself, what it was completed with. */
function subjectOf(question: string): string {
  const [bracketed, topic = ""] = /\s\(([^()]*)\)$/.exec(question) ?? []
  if (bracketed === undefined) return question
  const alone = question.slice(0, -bracketed.length)
  return leansOnFormer(alone) ? topic.split(/\s+/).slice(0, MOST_TOPIC_WORDS).join(" ") : alone
}

/** It has few words of its own and a pronoun that stands for nothing within it. */
function leansOnFormer(question: string): boolean {
  const rest = withoutOwnPossessives(withoutDepartment(question).replace(EMPTY_SUBJECT, " ").replace(THIS_TIME, " "))
  return PRONOUN.test(rest) && contentTerms(rest).length <= MOST_TERMS
}

/** `IT` is a department, unless all is in capitals. */
function withoutDepartment(question: string): string {
  return /\p{Ll}/u.test(question) ? question.replace(/\bIT\b/g, " ") : question
}

/** Without possessives of what the question names before them: `employees submit their expenses`. */
function withoutOwnPossessives(question: string): string {
  return question.replace(POSSESSIVE, (possessive, place: number) => {
    const before = question.slice(0, place)
    if (NO_OWNER.test(before)) return possessive
    const named = contentTerms(before.replace(ASKING, " ")).filter((term) => !GENERAL.has(term))
    return named.length === 0 ? possessive : " "
  })
}

/** Without the spaces and marks that end it. */
function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && /[\s?.!]/.test(text[end - 1] ?? "")) end--
  return text.slice(0, end).trimStart()
}

const LONGEST_ELLIPSIS_WORDS = 6
/** From one turn to the next but one; a longer topic would drown the question. */
const MOST_TOPIC_WORDS = 8
/** With more content words a question stands on its own, whatever its pronouns. */
const MOST_TERMS = 5

const ELLIPSIS =
  /^(?:and(?: (?:what|how) about)?|what about|how about|what of|und(?: was ist mit)?)\s+(?!(?:who|what|when|where|why|how|which|is|are|does|do|can|was|were|will|should)\b)(.+)$/i
/** `is it allowed to` and the like: a subject that stands for nothing. */
const EMPTY_SUBJECT =
  /\b(?:is|was|would) it (?=(?:allowed|possible|permitted|required|necessary|mandatory|ok|okay|true|safe|legal)\b)|\bdoes it take (?=to\b)/giu
/** `this year` is no thing that was spoken of. */
const THIS_TIME =
  /\b(?:this|that) (?:year|quarter|month|week|weekend|morning|afternoon|evening|night|spring|summer|autumn|fall|winter|time)\b|\bthese days\b/giu
const POSSESSIVE = /\b(?:its|their|his|her)\b/giu
/** Before a possessive: `the colour of`, `at what pressure must`. */
const NO_OWNER = /\b(?:of|is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would)\s+$/i
/** What asks, with a verb that has no subject but who asks: `how heavy`, `who approves`, `do I renew`. */
const ASKING =
  /\bhow \p{L}+|\b(?:who|what) (?!(?:do|does|did|is|are|was|were|can|may|must|should|will)\b)\p{L}+|\b(?:I|we|you|one) (?:(?:have|need|want|are|am) (?:\p{L}+ )?to )?\p{L}+/giu
const PRONOUN =
  /\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|ones)\b|\bthat(?=\s*[?.!]|$)/i
const PREPOSITION = /^(in|for|at|on|from|to|of|during|after|before|under|with|without|by)\b/i
/** Words that ask and say nothing of what is asked about. */
const GENERAL = new Set(["many", "much", "long", "often", "tell", "get", "there", "about", "old", "far", "soon"])

/**
 * Puts a phrase in the place of the last one with the same preposition, a code in that of a code, a name in that of a
 * name; else behind the question.
 */
function withPhrase(question: string, phrase: string): string {
  const [preposition] = PREPOSITION.exec(phrase) ?? []
  if (preposition === undefined) return withName(question, phrase) ?? `${question}: ${phrase}`
  const last = new RegExp(String.raw`\s${preposition}\s(?!.*\s${preposition}\s).*$`, "i")
  return last.test(question) ? question.replace(last, ` ${phrase}`) : `${question} ${phrase}`
}

function withName(question: string, phrase: string): string | undefined {
  for (const find of [lastCode, lastName]) {
    const [said, former] = [find(`: ${phrase}`), find(question)]
    if (said === undefined || former === undefined) continue
    const at = question.lastIndexOf(former)
    return `${question.slice(0, at)}${said}${question.slice(at + former.length)}`
  }
  return undefined
}

/** `PF-2210-B`, `E3`: letters and digits. */
function lastCode(text: string): string | undefined {
  return (text.match(/[\p{L}\d]+(?:-[\p{L}\d]+)*/gu) ?? []).findLast((word) => /\d/.test(word) && /\p{L}/u.test(word))
}

/** Words with a capital letter in a row, but not the one that begins the question. */
function lastName(text: string): string | undefined {
  return text.match(/(?<=\S )\p{Lu}[\p{L}-]*(?: \p{Lu}[\p{L}-]*)*/gu)?.at(-1)
}
