/** What one question shows of a language model; every measure of its roles is made of these. */
export interface RoleValues {
  readonly id: string
  readonly answerable: boolean
  /** Of the support, without a language model. */
  readonly score: number
  readonly hasReader: boolean
  readonly isEnough: boolean
  /** The first sentences of the evidence, best first. */
  readonly sentences: readonly SentenceValues[]
  /** Of the first sentences; none where the engine does not tell. */
  readonly verdicts: readonly number[]
  /** Null where there was nothing to choose, or the engine does not tell. */
  readonly picked: { readonly shares: readonly number[]; readonly places: readonly [number, number] } | null
  /** Null where nothing was to be written. */
  readonly written: WrittenValues | null
}

export interface SentenceValues {
  readonly score: number
  /** It is what the set expects. */
  readonly isRight: boolean
}

export interface WrittenValues {
  /** The gate lets it stand. */
  readonly passes: boolean
  readonly holdsAnswer: boolean
  readonly quoteHoldsAnswer: boolean
  readonly words: number
  readonly quoteWords: number
}
