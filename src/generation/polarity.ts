import { contentTerms } from "../core/terms.ts"
import { formsOf } from "./wording.ts"

/** Content words of a text by whether a negation reaches them. */
interface Polarity {
  readonly affirmed: ReadonlySet<string>
  readonly denied: ReadonlySet<string>
}

/**
 * A word that the sentence affirms and the evidence only denies, or the other way round; undefined where there is none.
 * A negation reaches the words behind it up to the next mark or conjunction.
 */
export function turnedWord(sentence: string, evidence: string): string | undefined {
  if (repeatsDenial(sentence, evidence)) return undefined
  const own = polarityOf(sentence)
  const known = polarityOf(evidence)
  const has = (set: ReadonlySet<string>, term: string) => formsOf(term).some((form) => set.has(form))
  for (const term of own.terms) {
    const isDenied = own.denied.has(term)
    if (isDenied && own.affirmed.has(term)) continue
    const [same, other] = isDenied ? [known.denied, known.affirmed] : [known.affirmed, known.denied]
    if (!isDenied && own.besideDenial.has(term)) continue
    if (has(other, term) && !has(same, term)) return term
  }
  // a denial that reaches no word of the evidence, such as `nobody` for `everybody`
  if (own.denials > 0 && known.denials === 0) return "not"
  return undefined
}

/** A sentence that denies, and holds all words of a short clause that denies too: `but not damage by asbestos`. */
function repeatsDenial(sentence: string, evidence: string): boolean {
  if (polarityOf(sentence).denials !== 1) return false
  const terms = new Set(contentTerms(sentence).flatMap(formsOf))
  return withPlainDenials(evidence)
    .split(CLAUSE_END)
    .some((clause) => {
      const { denials, terms: all } = polarityOf(clause)
      return denials === 1 && all.length >= 2 && all.every((term) => formsOf(term).some((form) => terms.has(form)))
    })
}

const CLAUSE_END = /[.,;:!?()\n]/

function polarityOf(text: string): Polarity & {
  readonly terms: readonly string[]
  readonly denials: number
  readonly besideDenial: ReadonlySet<string>
} {
  const affirmed = new Set<string>()
  const denied = new Set<string>()
  const terms: string[] = []
  let denials = 0
  let reach = 0
  const lexemes = withPlainDenials(text).match(LEXEME) ?? []
  const besideDenial = new Set<string>()
  let sinceStop: string[] = []
  for (const [place, lexeme] of lexemes.entries()) {
    const lower = lexeme.toLowerCase()
    if (/^[.;:!?\n]$/.test(lexeme)) sinceStop = []
    if (lower === "excluded" && /^(?:is|are|was|were|be)$/i.test(lexemes[place - 1] ?? "")) {
      // `production and test hall are excluded` denies what stands before it
      denials += 1
      for (const term of sinceStop) {
        for (const form of formsOf(term)) {
          affirmed.delete(form)
          denied.add(form)
        }
      }
      continue
    }
    const scope = DENIALS.get(lower) ?? (/^kein(?:e[nmrs]?)?$/.test(lower) ? WHOLE : undefined)
    if (scope !== undefined) {
      denials += 1
      reach = scope
      if (scope === WHOLE) for (const term of sinceStop) besideDenial.add(term)
      continue
    }
    if (!/^[\p{L}\p{M}\p{N}]/u.test(lexeme) || ENDS.has(lower)) {
      if (!isInList(lexemes, place)) reach = 0
      continue
    }
    for (const term of contentTerms(lexeme)) {
      if (/^\d+$/.test(term)) continue
      terms.push(term)
      sinceStop.push(term)
      for (const form of formsOf(term)) (reach > 0 ? denied : affirmed).add(form)
      reach -= 1
    }
  }
  return { affirmed, denied, terms, denials, besideDenial }
}

/** `no cameras in the offices, the canteen and the rooms`: at most three words stand up to the next mark. */
function isInList(lexemes: readonly string[], place: number): boolean {
  if (!/^(?:,|and|or|und|oder|et|ou)$/i.test(lexemes[place] ?? "")) return false
  const next = lexemes.slice(place + 1, place + 5)
  const words = next.findIndex((one) => /^[.,;:!?()|\n]$/.test(one) || /^(?:and|or|und|oder|et|ou)$/i.test(one))
  const isEnd = place + 5 > lexemes.length
  return words < 0 ? isEnd && next.length <= 3 : words <= 3
}

const LEXEME = /[\p{L}\p{M}\p{N}]+|[.,;:!?()|\n–—]/gu
/** As many content words as a negation of the verb reaches, and one that belongs to its noun alone. */
const WHOLE = 8
const NOUN = 2
const DENIALS = new Map<string, number>([
  ...[
    "not",
    "no",
    "never",
    "none",
    "neither",
    "nor",
    "nobody",
    "nothing",
    "nowhere",
    "unless",
    "hardly",
    "barely",
    "scarcely",
  ].map((word) => [word, WHOLE] as const),
  ...["without", "except", "excluding", "excludes", "excluded", "non", "ohne", "außer", "sans", "sauf"].map(
    (word) => [word, NOUN] as const,
  ),
  ...[
    "nicht",
    "nie",
    "niemals",
    "niemand",
    "nichts",
    "weder",
    "pas",
    "jamais",
    "aucun",
    "aucune",
    "personne",
    "ni",
  ].map((word) => [word, WHOLE] as const),
])
const ENDS = new Set(
  "but and or because when while if aber und oder weil wenn mais et ou si although though however".split(" "),
)

/** `forbidden` says `not allowed`, `unable` says `not able`: one form for both sides. */
function withPlainDenials(text: string): string {
  return text
    .replace(/\bnot only\b/gi, "")
    .replace(/\b(?:not|never) (?:forbidden|prohibited|banned)\b/gi, "allowed")
    .replace(/\b(?:forbidden|prohibited|banned|disallowed)\b/gi, "not allowed")
    .replace(/\bunable\b/gi, "not able")
    .replace(/\bimpossible\b/gi, "not possible")
    .replace(/\bverboten\b/gi, "nicht erlaubt")
    .replace(/\binterdite?s?\b/gi, "pas autorisé")
}
