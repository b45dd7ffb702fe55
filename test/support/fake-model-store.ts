import { IbidError } from "../../src/core/errors.ts"
import type { ModelListing } from "../../src/core/models.ts"
import type { ModelStore } from "../../src/core/ports.ts"

export interface FakeModelStore extends ModelStore {
  /** Ids that were chosen, in order. */
  readonly chosen: readonly string[]
}

const FACTS = { bytes: 1_000, licence: "Apache-2.0", openness: "open-source", inUse: false } as const
const MODELS: readonly ModelListing[] = [
  { ...FACTS, id: "small", kind: "generator", installed: false, roles: ["writer"], rolesFrom: "catalogue" },
  { ...FACTS, id: "fake-embedder", kind: "embedder", installed: true, inUse: true, roles: null, rolesFrom: null },
]

/** A model store whose pulls go in two steps; `between` is awaited after the first one. */
export function createFakeModelStore(between: () => Promise<void> = async () => undefined): FakeModelStore {
  const installed = new Set<string>()
  const chosen: string[] = []
  const find = (id: string): ModelListing => {
    const found = MODELS.find((model) => model.id === id)
    if (found === undefined) throw new IbidError("model-not-found", `Cannot find the model "${id}"`)
    return found
  }
  return {
    chosen,
    list: async () => MODELS.map((model) => ({ ...model, installed: model.installed || installed.has(model.id) })),
    pull: async (id, { signal, onProgress, onNote }) => {
      const { bytes } = find(id)
      const tell = (doneBytes: number) =>
        onProgress({ doneBytes, totalBytes: bytes, bytesPerSecond: 500, secondsLeft: (bytes - doneBytes) / 500 })
      onNote("The model hub did not serve the model (it is not reachable)")
      tell(bytes / 2)
      const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
      await Promise.race([between(), stopped])
      if (signal.aborted) throw new IbidError("cancelled", "The request was cancelled")
      tell(bytes)
      installed.add(id)
    },
    use: async (id) => {
      if (id !== "none" && id !== "auto") find(id)
      chosen.push(id)
    },
  }
}
