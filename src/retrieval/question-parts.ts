import { contentTerms } from "../core/terms.ts"
import { completeFollowUp } from "./follow-up.ts"

/** One question of several that were put in one sentence or line. */
export interface QuestionPart {
  /** In the words of who asked. */
  readonly said: string
  /** As it can be searched with: completed from the part before it where it leans on that. */
  readonly asked: string
}

/**
 * The parts of a question that asks for several things: "What does a licence cost, and how long is it valid?"; none for
 * a question of one part. Parts end at a question mark, at a semicolon and before `and`/`und` with a question word, or
 * an auxiliary and its subject, behind it; each must have a content word that those before it do not have. Rules alone,
 * which would rather leave two questions together than tear one ("who is ill and who has no note" after "employees").
 */
export function splitQuestion(question: string): QuestionPart[] {
  if (question.length > LONGEST) return []
  const said: string[] = []
  const known = new Set<string>()
  for (const sentence of question.split(/(?<=\?)\s+/)) {
    for (const clause of clausesOf(sentence)) {
      const terms = contentTerms(clause)
      if (terms.every((term) => known.has(term))) continue
      said.push(`${clause.replace(/(?<![\s,;?.!])[\s,;?.!]+$/, "")}?`)
      for (const term of terms) known.add(term)
    }
  }
  if (said.length < 2 || said.length > MOST_PARTS) return []
  const parts: QuestionPart[] = []
  for (const part of said) {
    const former = parts.at(-1)?.asked
    parts.push({ said: part, asked: former === undefined ? part : lean(completeFollowUp(part, former), former) })
  }
  return parts
}

/** More are a list of its own kind, and each costs a search. */
const MOST_PARTS = 4
/** Characters; what is longer is a letter and no list of questions. */
const LONGEST = 1_000

const LEAD =
  /^(?:please |bitte )?(?:(?:can|could) you )?(?:tell me|explain|describe|show me|let me know|i (?:want|need) to know|do you know)(?: to me)?,? /i
const PREPOSITION = "(?:(?:in|on|at|by|for|from|to|of|with|until|under|about|since|bis|seit|ab|von|für|mit|in|auf) )?"
const WORD =
  "what|which|whom?|whose|when|where|why|how|(?<!and )was|wer|wen|wem|wessen|wann|wo|woher|wohin|womit|wozu|warum|weshalb|wie|wieviel|welche[rsnm]?"
const AUXILIARY =
  "is|are|was|were|do|does|did|can|could|may|must|will|would|shall|should|has|have|ist|sind|darf|muss|kann|wird|hat|gibt"
const SUBJECT =
  "the|an?|it|they|he|she|i|we|you|there|this|that|these|those|my|our|your|der|die|das|ein|eine|es|sie|er|ich|wir|man"
const ASKED = `(?:${PREPOSITION}(?:${WORD})|(?:${AUXILIARY}) (?:${SUBJECT}))\\b`
/** What stands between two questions: `and`, a semicolon, or both. */
const JOINT = new RegExp(
  String.raw`(?:\s*;\s*(?:(?:and|und)\s+)?|,?\s+(?:and|und|sowie|as well as)\s+)(?:also\s+|then\s+|if so,?\s+|auch\s+)?(?=${ASKED})`,
  "giu",
)
const BEGINS_QUESTION = new RegExp(String.raw`^(?:and |und )?(?:${PREPOSITION}(?:${WORD})|(?:${AUXILIARY}))\b`, "iu")
/** Opens a list whose `and` joins its members. */
const OPEN_PAIR = /\b(?:between|both|either|zwischen|sowohl)\b(?!.*\b(?:and|or|und|oder)\b)/i

/** `which cities`: a noun that a verb before or behind it asks for. */
const BARE = new RegExp(String.raw`^${PREPOSITION}(?:what|which|welche[rsnm]?) \S+\W*$`, "iu")

/** A sentence cut at its joints, where what stands on both sides is a question. */
function clausesOf(sentence: string): string[] {
  const clauses: string[] = []
  let start = 0
  for (const { index, 0: joint } of sentence.matchAll(JOINT)) {
    const [before, after] = [sentence.slice(start, index), sentence.slice(index + joint.length)]
    if (isInQuotes(sentence, index) || !isJoint(before, after)) continue
    clauses.push(before)
    start = index + joint.length
  }
  const rest = sentence.slice(start)
  // what is no question, such as `Thank you.`, is none of the parts
  return clauses.length > 0 || rest.trimEnd().endsWith("?") || BEGINS_QUESTION.test(rest) ? [...clauses, rest] : []
}

function isJoint(before: string, after: string): boolean {
  const first = before.replace(LEAD, "").trim()
  const [word = ""] = new RegExp(`\\b(?:${WORD})\\b`, "iu").exec(after) ?? []
  const isQuestion = BEGINS_QUESTION.test(first) || / (?:what|which|wh(?:om?|en|ere)|how) /i.test(first)
  return (
    isQuestion &&
    !BARE.test(first) &&
    !BARE.test(after) &&
    contentTerms(first).length > 0 &&
    !OPEN_PAIR.test(first) &&
    !isRelative(first, word.toLowerCase()) &&
    contentTerms(after).some((term) => !contentTerms(first).includes(term))
  )
}

/** `employees who are ill` before `and who have no note`: the same word joins both to a noun. */
function isRelative(first: string, word: string): boolean {
  const relatives = /^who/.test(word) ? "who|whom|whose|that" : word
  return word !== "" && new RegExp(String.raw`[\p{L}\p{N}],? (?:${PREPOSITION})(?:${relatives})\b`, "iu").test(first)
}

function isInQuotes(sentence: string, index: number): boolean {
  return (sentence.slice(0, index).match(/["“”„«»]/g)?.length ?? 0) % 2 === 1
}

/** `the pump` in a part without a name of its own is the one whose identifier the part before it has. */
function lean(part: string, former: string): string {
  const identifiers = (text: string) =>
    (text.match(/[\p{L}\d./-]+/gu) ?? [])
      .map((run) => run.replace(/^[./-]|(?<![./-])[./-]+$/g, ""))
      .filter((run) => /\d/.test(run) && /\p{L}/u.test(run))
  const own = identifiers(former)
  const isBare = /\b(?:the|this|that|der|die|das) \p{L}+(?! (?:of|for|in|from|at|on|von|für)\b)/iu.test(part)
  return isBare && own.length > 0 && identifiers(part).length === 0 ? `${part} (${own.join(" ")})` : part
}
