import type { Generator, LoraAdapter } from "../core/ports.ts"
import type { CollectionId, Warning } from "../core/types.ts"
import type { Parts } from "./parts.ts"

export interface ChosenLora {
  readonly lora: LoraAdapter | null
  /** One that the collection has and this model cannot use. */
  readonly warnings: readonly Warning[]
}

/** The adapter for an answer from these collections: that of the one that is searched; over several there is none. */
export function chooseLora(
  collections: readonly CollectionId[],
  { modelId }: Pick<Generator, "modelId">,
  { loras }: Pick<Parts, "loras">,
): ChosenLora {
  const [collection, ...others] = collections
  const given = collection === undefined || others.length > 0 ? null : (loras?.of(collection) ?? null)
  if (given === null || given.model === modelId) return { lora: given, warnings: [] }
  const message = `The adapter of the collection was made for ${given.model}: the answer was written without it`
  return { lora: null, warnings: [{ code: "adapter-unused", message }] }
}
