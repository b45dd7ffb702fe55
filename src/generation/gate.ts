import { contentTerms, words } from "../core/terms.ts"

export type GateReason = "empty" | "refusal" | "nothing-new" | "not-in-evidence" | "negation"

export type GateVerdict =
  | { readonly passes: true }
  | {
      readonly passes: false
      readonly reason: GateReason
      /** Words and numbers that stand neither in the evidence nor in the question. */
      readonly missing: readonly string[]
    }

const REFUSAL =
  /\b(?:i (?:do not|don't|cannot|can't) (?:know|answer|find|tell)|i am (?:not able|unable)|i'm (?:sorry|unable)|as an ai|(?:text|passage|document)s? (?:does|do) not (?:say|state|mention|provide|specify|contain)|(?:is|are) not (?:mentioned|stated|specified|provided|given) in|no information|not enough information)\b/i
const NEGATION =
  /\b(?:not|no|never|none|neither|nor|without|cannot|can't|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|won't|mustn't|nicht|kein\w*)\b/i
const NUMBER = /\d+(?:[.,:/-]\d+)*/g
/** Letters and digits with inner marks: part numbers, versions, paths, addresses. */
const CODE = /[\p{L}\p{N}]+(?:[-_./@:][\p{L}\p{N}]+)+/gu

/**
 * Whether a written sentence may stand: every number, code-like token and content word of it occurs in the evidence or
 * the question, it says something that the question did not, it does not refuse, and it negates only where the evidence
 * does. Measured with a 0.5B model: what passes holds the gold answer as often as the quote, at half its length.
 */
export function gate(sentence: string, evidence: string, question: string): GateVerdict {
  if (words(sentence).length === 0) return { passes: false, reason: "empty", missing: [] }
  if (REFUSAL.test(sentence)) return { passes: false, reason: "refusal", missing: [] }
  if (NEGATION.test(sentence) !== NEGATION.test(evidence)) return { passes: false, reason: "negation", missing: [] }
  const allowed = `${evidence}\n${question}`
  const missing = [
    ...missingNumbers(sentence, allowed),
    ...missingCodes(sentence, allowed),
    ...missingTerms(sentence, allowed),
  ]
  if (missing.length > 0) return { passes: false, reason: "not-in-evidence", missing: [...new Set(missing)] }
  const asked = new Set(contentTerms(question))
  if (contentTerms(sentence).every((term) => asked.has(term)))
    return { passes: false, reason: "nothing-new", missing: [] }
  return { passes: true }
}

function missingTerms(sentence: string, allowed: string): string[] {
  const known = new Set(contentTerms(allowed))
  // numbers have a check of their own, by value; a negation too
  return contentTerms(sentence).filter((term) => !known.has(term) && !/^\d+$/.test(term) && !NEGATION.test(term))
}

/** `1,000` and `1000` are the same number; `1.5` and `15` are not. */
function missingNumbers(sentence: string, allowed: string): string[] {
  const normalized = (text: string) => (text.match(NUMBER) ?? []).map((number) => number.replace(/,(?=\d{3}\b)/g, ""))
  const known = new Set(normalized(allowed))
  return normalized(sentence).filter((number) => !known.has(number))
}

function missingCodes(sentence: string, allowed: string): string[] {
  const known = allowed.toLowerCase()
  return (sentence.match(CODE) ?? [])
    .filter((code) => /\d/.test(code) && !/^[\d.,:/-]+$/.test(code))
    .filter((code) => !known.includes(code.toLowerCase()))
}
