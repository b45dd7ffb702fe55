/** Words about models, for front ends. Data only. */

/** A model of the catalogue with what is installed of it, or one in use that is none of it. */
export interface ModelListing {
  readonly id: string
  readonly kind: "generator" | "embedder" | "reader" | "nli" | "ocr"
  readonly installed: boolean
  /** The one that `auto` takes, or the settings name. */
  readonly inUse: boolean
  readonly bytes: number
  readonly licence: string
  readonly openness: string
  /** Null: not measured, measured with other weights, or not a generator. */
  readonly roles: readonly string[] | null
  /** Where the roles come from; null where it is not a generator. */
  readonly rolesFrom: "calibration" | "catalogue" | "changed" | "not-measured" | null
}

export interface PullProgress {
  readonly doneBytes: number
  readonly totalBytes: number
  readonly bytesPerSecond: number
  /** Null until the speed is known. */
  readonly secondsLeft: number | null
}

/** The models in force; a null generator means answers in quotes. */
export interface ModelsInForce {
  readonly generator: string | null
  readonly reader: string | null
  readonly embedder: string
}
