import { contentTerms } from "../core/terms.ts"
import { type Facts, factsOf } from "./facts.ts"
import { formsOf } from "./wording.ts"

export interface Clause {
  readonly text: string
  /** Number of the sentence or line that it is part of. */
  readonly sentence: number
  readonly forms: ReadonlySet<string>
  readonly facts: Facts
}

/** The clauses of a text: they end with a mark, at a line end, or before a conjunction. */
export function clausesOf(text: string): Clause[] {
  return text.split(SENTENCE_ENDS).flatMap((line, sentence) =>
    line
      .split(ENDS)
      .filter((part) => part.trim() !== "")
      .map((part) => {
        const forms = new Set<string>()
        for (const term of contentTerms(part)) for (const form of formsOf(term)) forms.add(form)
        return { text: part, sentence, forms, facts: factsOf(part) }
      }),
  )
}

const SENTENCE_ENDS = /\n|[.:!?](?=\s)/
/** A comma between digits ends none, nor does `and` between two words of a kind. */
const ENDS = /;|,(?!\d)|\s(?=(?:and|but|while|whereas|und|aber|während|et|mais|tandis)\s)/iu

/** Whether a clause has the term, in another form or as a synonym too. */
export function hasTerm({ forms }: Clause, term: string): boolean {
  return formsOf(term).some((form) => forms.has(form))
}

/** The clause that shares most of the terms, or undefined where none or several do. */
export function nearestClause(clauses: readonly Clause[], terms: readonly string[]): Clause | undefined {
  const shared = clauses.map((clause) => terms.filter((term) => hasTerm(clause, term)).length)
  const most = Math.max(0, ...shared)
  return most > 0 && shared.filter((count) => count === most).length === 1 ? clauses[shared.indexOf(most)] : undefined
}
