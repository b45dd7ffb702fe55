import type { PipelinePorts } from "../../ingest/pipeline.ts"
import type { CollectionLora, Entailment, Generator, ModelStore, Reader } from "../core/ports.ts"
import type { HeldRoles } from "../core/roles.ts"
import type { CollectionId } from "../core/types.ts"
import type { Retention } from "../db/receipts.ts"
import type { TunedWith } from "../db/tunings.ts"

/** What the application core is built from; only the composition root knows which engines these are. */
export interface Parts extends PipelinePorts {
  /** The data folder. */
  readonly folder: string
  /** Null: passages are not read, evidence is chosen without a reader. */
  readonly reader: Reader | null
  /** Null: written sentences are checked by the gate alone. */
  readonly entailment: Entailment | null
  /** Null: no language model, or one without any role; answers are quotes. */
  readonly generator: Generator | null
  /** Generators by id, for a question that names one. Throws `model-not-found`, `model-missing`. */
  generatorOf(id: string): Promise<Generator | null>
  /** The roles that a generator has earned with the weights that it runs on. */
  rolesOf(modelId: string): HeldRoles
  readonly modelStore: ModelStore
  /** The adapters that owners gave for collections; absent means none. */
  readonly loras?: {
    of(collection: CollectionId): CollectionLora | null
    list(): readonly CollectionLora[]
    forget(collection: CollectionId): Promise<void>
  }
  /** Jobs that may wait before an upload is refused for now; absent means as many as come. */
  readonly maxQueuedJobs?: number
  /** Version of the program. */
  readonly build: string
  /** SHA-256 of a model's weights as it was published or measured, or null. */
  hashOf(modelId: string): string | null
  /** How many answers are kept, and how long. */
  readonly receipts: Retention
  /** Closes everything that was opened for the core. */
  dispose(): Promise<void>
}

/** What a tuning is learnt with and holds for. */
export function tunedWith({ embedder, reader }: Pick<Parts, "embedder" | "reader">): TunedWith {
  return { fingerprint: embedder.fingerprint, readerId: reader?.modelId ?? null }
}
