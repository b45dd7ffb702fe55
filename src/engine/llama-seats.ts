import { existsSync } from "node:fs"
import type { LlamaContext, LlamaContextOptions, LlamaContextSequence, LlamaModel } from "node-llama-cpp"
import { IbidError } from "../core/errors.ts"

export interface Lora {
  readonly file: string
  readonly scale: number
}

export interface Seats {
  /** Of the model as it is. */
  readonly base: LlamaContextSequence
  /** Whether nothing has to be loaded for it. */
  isReady(lora: Lora): boolean
  /** Whether the model has to be loaded anew before it: only with the model are the weights of adapters given back. */
  isStale(lora: Lora | undefined): boolean
  /** The sequence for what is written with an adapter. Throws `model-damaged`. */
  of(lora: Lora | undefined): Promise<LlamaContextSequence>
}

/** Adapters whose weights are in memory at a time, at most. */
const MOST_ADAPTERS = 4

/**
 * The contexts of a model: one without an adapter and one with the adapter that was used last, for a context is large and
 * the weights of an adapter are small. What a context has read is its own, so that no text shares a cache with another
 * model's.
 */
export async function createSeats(model: LlamaModel, options: LlamaContextOptions): Promise<Seats> {
  const create = async (lora?: Lora): Promise<LlamaContext> =>
    await model.createContext({
      ...{ ...options, sequences: 1 },
      ...(lora === undefined ? {} : { lora: { adapters: [{ filePath: lora.file, scale: lora.scale }] } }),
    })
  const base = (await create()).getSequence()
  const loaded = new Set<string>()
  let adapted:
    | { readonly lora: Lora; readonly context: LlamaContext; readonly sequence: LlamaContextSequence }
    | undefined
  const isReady = (lora: Lora): boolean => adapted?.lora.file === lora.file && adapted.lora.scale === lora.scale
  return {
    base,
    isReady,
    isStale: (lora) =>
      [...loaded].some((file) => !existsSync(file)) ||
      (lora !== undefined && loaded.size >= MOST_ADAPTERS && !loaded.has(lora.file)),
    async of(lora) {
      if (lora === undefined) return base
      if (adapted !== undefined && isReady(lora)) return adapted.sequence
      const former = adapted
      adapted = undefined
      await former?.context.dispose()
      loaded.add(lora.file)
      try {
        const context = await create(lora)
        adapted = { lora, context, sequence: context.getSequence() }
        return adapted.sequence
      } catch (cause) {
        const state = 'its adapter is not usable with it; give another with "ibid models adapter"'
        throw new IbidError("model-damaged", `Cannot run the model: ${state}`, { cause })
      }
    },
  }
}
