import type { Embedder } from "../../src/core/ports.ts"
import { createLimiter } from "../../src/engine/limiter.ts"
import { createTransformersEmbedder } from "../../src/engine/transformers-embedder.ts"

/** The embedder itself over children that run `embedding-child.ts`. */
export function createEmbedderOfChildren(folder: string): Embedder {
  return createTransformersEmbedder({
    ...{ folder, limiter: createLimiter(2), processes: 2, log: () => undefined, timeoutMs: 2_500 },
    child: { module: "embedding-child", parentUrl: import.meta.url },
    model: {
      ...{ id: "children", dimensions: 32, pooling: "mean", queryPrefix: "", passagePrefix: "", maxTokens: 256 },
      ...{ denseWeight: 0.5, language: "en", sha256: null },
    },
  })
}
