/** What a language model may do. Data only. */

/** Each is earned by measurement (`src/app/measure-writer.ts` and its neighbours). */
export type Role = "writer" | "verifier" | "ranker"

/** How the verdict of a verifier counts: log-odds of yes against no, clipped (`src/generation/second-opinion.ts`). */
export interface VerdictWeights {
  /** What one unit of the verdict adds to the score of support. */
  readonly weight: number
  /** The verdict that says nothing. */
  readonly centre: number
  /** What one unit adds to the score of a sentence; 0 where it does not choose sentences. */
  readonly sentenceWeight: number
}

/** How the choice of a ranker counts. */
export interface PickWeights {
  /** What one unit of the logarithm of a sentence's share adds to its score. */
  readonly weight: number
}

/** The roles that are in force for one model. */
export interface HeldRoles {
  readonly isWriter: boolean
  readonly verifier: VerdictWeights | null
  readonly ranker: PickWeights | null
}

/** A model that nobody has measured may write, because the gate stands behind it, and nothing else. */
export const UNMEASURED: HeldRoles = { isWriter: true, verifier: null, ranker: null }

export function namesOfRoles({ isWriter, verifier, ranker }: HeldRoles): Role[] {
  return [
    ...(isWriter ? (["writer"] as const) : []),
    ...(verifier === null ? [] : (["verifier"] as const)),
    ...(ranker === null ? [] : (["ranker"] as const)),
  ]
}

/** A number with the interval at 95 % that the questions allow. */
export interface Measured {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Whether a role was granted, and a sentence that says why. */
export interface RoleDecision {
  readonly isGranted: boolean
  readonly reason: string
}

/** What `ibid models calibrate` has measured; the roles that follow from it are `held`. */
export interface Calibration {
  readonly model: string
  /** Of the weights; null behind a server, where nobody can know it. */
  readonly sha256: string | null
  readonly build: string
  /** ISO 8601. */
  readonly measuredAt: string
  readonly set: { readonly name: string; readonly answerable: number; readonly unanswerable: number }
  /** Requests to the model that there was no time for. */
  readonly leftOut: number
  readonly seconds: number
  readonly held: HeldRoles
  readonly writer: RoleDecision & {
    /** Share of the written sentences that pass the gate. */
    readonly passes: Measured
    /** Share of those that hold a gold answer, of their quotes that do, and the difference. */
    readonly holdsAnswer: Measured
    readonly quoteHoldsAnswer: Measured
    readonly difference: Measured
    readonly words: number
    readonly quoteWords: number
    /** Share of the unanswerable questions that would be answered in quotes and that were answered in words. */
    readonly passesUnanswerable: Measured
  }
  readonly verifier: RoleDecision & {
    /** Area under the ROC curve, answerable against not: of the score alone, of the verdict alone, of both. */
    readonly score: Measured
    readonly verdict: Measured
    readonly combined: Measured
    readonly difference: Measured
    /** Share of the answerable questions whose right sentence stands first, by the score alone and with the verdicts. */
    readonly rightFirst: { readonly score: Measured; readonly combined: Measured; readonly difference: Measured }
  }
  readonly ranker: RoleDecision & {
    readonly rightFirst: {
      readonly score: Measured
      readonly choice: Measured
      readonly combined: Measured
      readonly difference: Measured
    }
    /** Share of the lists that were turned round in which the same place was chosen again, not the same sentence. */
    readonly movesWithPlace: Measured
    readonly hasPositionHabit: boolean
    /** The place that was chosen most, from 1, and its share. */
    readonly favouritePlace: { readonly place: number; readonly share: number }
  }
}
