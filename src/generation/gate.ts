import { contentTerms, words } from "../core/terms.ts"
import { strayFact, strayWord, swappedName } from "./attribution.ts"
import { clausesOf } from "./clauses.ts"
import { factsOf } from "./facts.ts"
import { oppositeWord } from "./opposites.ts"
import { turnedWord } from "./polarity.ts"
import type { Problem } from "./problem.ts"
import { factProblems } from "./quantities.ts"
import { wordingOf } from "./wording.ts"

export type GateReason =
  | "empty"
  | "refusal"
  | "nothing-new"
  | "not-in-evidence"
  | "negation"
  | "comparison"
  | "attribution"
  /** It is no excerpt of its quote (`departureOf`). */
  | "distorted"
  /** Of the second opinion behind the gate (`entail`). */
  | "not-entailed"

export type GateVerdict =
  | { readonly passes: true }
  | {
      readonly passes: false
      readonly reason: GateReason
      /** Words and numbers that do not stand in the evidence. */
      readonly missing: readonly string[]
      /** All that was found, with typed codes; empty for `empty`, `refusal` and `nothing-new`. */
      readonly problems: readonly Problem[]
    }

/**
 * Share of the counted content words that the evidence has to carry. Chosen on the first half of
 * `data/eval/support`; test/support-labels.test.ts prints the figures of smaller shares for both halves.
 */
const LEAST_WORDING = 1

/**
 * Whether a written sentence may stand. Its numbers with their units, its dates and codes occur in the evidence by value;
 * its content words occur there, in another form or as a synonym too; no word is affirmed that the evidence denies, no
 * comparison turned round, no number given to another thing; it says something that the question did not, and it does not
 * refuse. The question is no evidence: what it takes for granted would be confirmed by every answer (`Which college did
 * Sinback work with?`). It compares words, not meaning.
 */
export function gate(
  sentence: string,
  evidence: string,
  question: string,
  { leastWording = LEAST_WORDING }: { readonly leastWording?: number } = {},
): GateVerdict {
  const written = withoutContractions(sentence)
  const source = withoutContractions(evidence)
  if (words(written).length === 0) return withheld("empty", [])
  if (REFUSAL.test(written)) return withheld("refusal", [])
  const problems = problemsOf(written, source, question, leastWording)
  const [first] = problems
  if (first !== undefined) return withheld(reasonOf(first), problems)
  const askedTerms = new Set(contentTerms(withoutContractions(question)))
  if (contentTerms(written).every((term) => askedTerms.has(term))) return withheld("nothing-new", [])
  return { passes: true }
}

function withheld(reason: GateReason, problems: readonly Problem[]): GateVerdict {
  const isMissing = reason === "not-in-evidence"
  const missing = isMissing ? [...new Set(problems.map(({ found }) => found))] : []
  return { passes: false, reason, missing, problems }
}

function reasonOf({ code }: Problem): GateReason {
  return code === "negation" || code === "comparison" || code === "attribution" ? code : "not-in-evidence"
}

function problemsOf(written: string, source: string, question: string, leastWording: number): Problem[] {
  const facts = factsOf(written)
  const evidence = { text: source, facts: factsOf(source) }
  const problems: Problem[] = []
  const turned = turnedWord(facts.words, evidence.facts.words)
  if (turned !== undefined) problems.push({ code: "negation", found: turned })
  problems.push(...factProblems(facts, evidence, question))
  const { counted, missing } = wordingOf(facts.words, source)
  if (counted.length - missing.length < leastWording * counted.length || missing.some(isName)) {
    for (const word of missing) problems.push({ code: isName(word) ? "name" : "word", found: word })
  }
  if (problems.length > 0) return problems
  const clauses = clausesOf(source)
  const opposite = oppositeWord(facts.words, source, clauses)
  if (opposite !== undefined) problems.push({ code: "comparison", found: opposite })
  if (problems.length > 0) return problems
  const stray = strayFact(facts, clauses) ?? swappedName(written, source) ?? strayWord(written, facts, clauses)
  if (stray !== undefined) problems.push({ code: "attribution", found: stray })
  return problems
}

const isName = (word: string): boolean => /^\p{Lu}/u.test(word)

/** `shouldn’t` → `should not`, `company's` → `company`: one form for both sides. */
function withoutContractions(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[‘’ʼ]/g, "'")
    .replace(/\b(?:can't|cannot)\b/gi, "can not")
    .replace(/\bwon't\b/gi, "will not")
    .replace(/n't\b/gi, " not")
    .replace(/\bun(?=(?:available|authori[sz]ed|known|changed|likely|necessary|safe|used)\b)/gi, "not ")
    .replace(/(?<=\p{L})'(?:s|re|ll|ve|d|m)\b/giu, "")
}

/** After contractions have been written out. */
const REFUSAL =
  /\b(?:i (?:do|can|could) not (?:know|answer|find|tell|determine)|i am not able|sorry|as an ai|(?:text|passage|document|context)s? (?:does|do|did) not (?:say|state|mention|provide|specify|contain|answer|tell|include|give)|not (?:mentioned|stated|specified|provided|given) (?:in|by)|not (?:mentioned|stated|specified)(?=[.!]?$)|can not be (?:determined|answered|found)|no information|not enough information)\b/i
