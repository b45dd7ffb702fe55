import { contentTerms, words } from "../core/terms.ts"
import { missingQuantities } from "./quantities.ts"

export type GateReason = "empty" | "refusal" | "nothing-new" | "not-in-evidence" | "negation"

export type GateVerdict =
  | { readonly passes: true }
  | {
      readonly passes: false
      readonly reason: GateReason
      /** Words and numbers that stand neither in the evidence nor in the question. */
      readonly missing: readonly string[]
    }

/**
 * Whether a written sentence may stand: every number, code-like token and content word of it occurs in the evidence or
 * the question, every measure in the evidence, it says something that the question did not, it does not refuse, and it has as many
 * negations as the evidence: one that is lost or added turns the meaning. Measured with a 0.5B model: what passes holds
 * the gold answer as often as the quote, at half its length. It compares words, not meaning: who did what to whom it
 * cannot see.
 */
export function gate(sentence: string, evidence: string, question: string): GateVerdict {
  const written = withoutContractions(sentence)
  const source = withoutContractions(evidence)
  const asked = withoutContractions(question)
  if (words(written).length === 0) return { passes: false, reason: "empty", missing: [] }
  if (REFUSAL.test(written)) return { passes: false, reason: "refusal", missing: [] }
  if (countNegations(written) !== countNegations(source)) return { passes: false, reason: "negation", missing: [] }
  const allowed = `${source}\n${asked}`
  const missing = [
    ...missingQuantities(written, source, asked),
    ...missingCodes(written, allowed),
    ...missingTerms(written, allowed),
  ]
  if (missing.length > 0) return { passes: false, reason: "not-in-evidence", missing: [...new Set(missing)] }
  const askedTerms = new Set(contentTerms(asked))
  if (contentTerms(written).every((term) => askedTerms.has(term)))
    return { passes: false, reason: "nothing-new", missing: [] }
  return { passes: true }
}

function missingTerms(sentence: string, allowed: string): string[] {
  const known = new Set(contentTerms(allowed))
  // numbers have a check of their own, by value; a negation too
  return contentTerms(sentence).filter((term) => !known.has(term) && !/^\d+$/.test(term) && countNegations(term) === 0)
}

/** A code stands in the text as a whole: `PF-2210` is not in `PF-2210-B`, but in `PF-2210/PF-2211`. */
function missingCodes(sentence: string, allowed: string): string[] {
  return (sentence.match(CODE) ?? []).filter((code) => {
    if (!IS_CODE.test(code) || /^[\d.,:/-]+$/.test(code) || /^\d+-\p{Ll}+$/u.test(code)) return false
    const literal = code.replaceAll(".", String.raw`\.`)
    const alone = String.raw`(?<![\p{L}\p{N}][\-_.@:]?)${literal}(?![\-_.@:]?[\p{L}\p{N}])`
    return !new RegExp(alone, "iu").test(allowed)
  })
}

function countNegations(text: string): number {
  return text.match(NEGATION)?.length ?? 0
}

/** `shouldn’t` → `should not`, `company's` → `company`: one form for both sides. */
function withoutContractions(text: string): string {
  return text
    .replace(/[‘’ʼ]/g, "'")
    .replace(/\b(?:can't|cannot)\b/gi, "can not")
    .replace(/\bwon't\b/gi, "will not")
    .replace(/n't\b/gi, " not")
    .replace(/(?<=\p{L})'(?:s|re|ll|ve|d|m)\b/giu, "")
}

/** After contractions have been written out. */
const REFUSAL =
  /\b(?:i (?:do|can|could) not (?:know|answer|find|tell|determine)|i am not able|sorry|as an ai|(?:text|passage|document|context)s? (?:does|do|did) not (?:say|state|mention|provide|specify|contain|answer|tell|include|give)|not (?:mentioned|stated|specified|provided|given) (?:in|by)|not (?:mentioned|stated|specified)(?=[.!]?$)|can not be (?:determined|answered|found)|no information|not enough information)\b/i
/** With the words that deny without `not`: a question may bring `allowed` where the evidence says `forbidden`. */
const NEGATION =
  /\b(?:not|no|never|none|neither|nor|nobody|nothing|nowhere|without|unless|except|excluding|hardly|barely|scarcely|unable|impossible|forbidden|prohibited|banned|disallowed|nicht|kein\w*|nie|niemals|ohne)\b/gi
/** Letters and digits with inner marks: part numbers, versions, paths, addresses. */
const CODE = /(?<![\p{L}\p{N}])[\p{L}\p{N}]+(?:[-_./@:][\p{L}\p{N}]+)+/gu
/** `full-time` and `and/or` are words. */
const IS_CODE = /\d|[@_]|\p{L}\.\p{L}/u
