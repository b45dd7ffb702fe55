import { join } from "node:path"
import { packageRoot } from "../../src/core/package-root.ts"
import type { Embedder, Reader } from "../../src/core/ports.ts"
import { createLimiter } from "../../src/engine/limiter.ts"
import {
  createTransformersEmbedder,
  type EmbedderModel,
  type EmbedderOptions,
} from "../../src/engine/transformers-embedder.ts"
import { createTransformersReader, type ReaderOptions } from "../../src/engine/transformers-reader.ts"

export const EMBEDDER: EmbedderModel = {
  id: "all-minilm-l6-v2",
  dimensions: 384,
  pooling: "mean",
  queryPrefix: "",
  passagePrefix: "",
  maxTokens: 512,
  denseWeight: 0.5,
  language: "en",
  sha256: "62154aacf6e39065b52ca5761bc0325fc721fa9a2d7489efbb5089a158ee501e",
}
export const READER: ReaderOptions["model"] = {
  id: "ibid-evidence-v1",
  maxTokens: 256,
  sha256: "5c3fdbbc985fe0e02bb305dcba6f53d804a4d77bb6f5309a94d292ddd519b061",
}
export const modelFolder = (name: string): string => join(packageRoot, "data", "models", name)

export function createBundledEmbedder(options: Partial<EmbedderOptions> = {}): Embedder {
  return createTransformersEmbedder({
    folder: modelFolder("all-MiniLM-L6-v2"),
    model: EMBEDDER,
    limiter: createLimiter(2),
    log: () => undefined,
    ...options,
  })
}

export function createBundledReader(options: Partial<ReaderOptions> = {}): Reader {
  return createTransformersReader({
    folder: modelFolder("ibid-evidence-v1"),
    model: READER,
    limiter: createLimiter(2),
    log: () => undefined,
    ...options,
  })
}
