/** What `ibid tune` learns of a collection. Data only. */

export interface RankingWeights {
  /** α of fusion, in [0, 1]: the weight of the dense arm. */
  readonly denseWeight: number
  /** Of a hit's best sentence in the second stage, in [0, 1]. */
  readonly sentenceShare: number
  /** Of the question's words in a sentence, beside its cosine. */
  readonly coverageWeight: number
}

/** For the answerability score of a base with a reader. */
export interface SupportCalibration {
  /** What scores lower is not answered. */
  readonly threshold: number
  /** Confidence = 1 / (1 + exp(−(slope · score + offset))). */
  readonly slope: number
  readonly offset: number
}

/** A part that is null stays as it comes. */
export interface Tuning {
  readonly ranking: RankingWeights | null
  readonly support: SupportCalibration | null
  /** A of q' = (q + A q) / |q + A q|, row by row, dimensions × dimensions. */
  readonly adapter: Float32Array | null
}

export type TunedPart = keyof Tuning

/** One part, measured on the questions that it was not learnt from. */
export interface TunedFigure {
  readonly part: TunedPart
  /** `ndcg10`, or `balancedAccuracy`: the mean of the shares of the two kinds of question that are treated rightly. */
  readonly metric: "ndcg10" | "balancedAccuracy"
  readonly before: number
  readonly after: number
  /** 95 % interval of the difference, from a paired bootstrap. */
  readonly low: number
  readonly high: number
  /** The interval lies above zero. */
  readonly isKept: boolean
}

export interface TuningReport {
  /** Of the set, by whether their document is in the collection, and what they are for. */
  readonly questions: {
    readonly learnt: number
    readonly heldOut: number
    /** Their document is not in the collection. */
    readonly leftOut: number
  }
  readonly figures: readonly TunedFigure[]
  /** What could not be learnt, and why. */
  readonly notes: readonly string[]
}

export interface StoredTuning {
  readonly id: string
  readonly collection: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly ranking: RankingWeights | null
  readonly support: SupportCalibration | null
  readonly hasAdapter: boolean
  readonly report: TuningReport
  /** In force: the newest of its collection that was not undone, for the embedder in force. */
  readonly isInForce: boolean
}
