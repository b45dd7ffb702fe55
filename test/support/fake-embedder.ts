import { throwIfAborted } from "../../src/core/errors.ts"
import { sha256 } from "../../src/core/hash.ts"
import type { Embedder } from "../../src/core/ports.ts"
import { contentTerms } from "../../src/core/terms.ts"
import { toBytes } from "../../src/engine/sentence-vectors.ts"

export interface FakeEmbedder extends Embedder {
  /** How many texts it has embedded. */
  readonly embedded: number
}

/** A bag of words, hashed into a few dimensions: texts that share words are near each other. */
export function createFakeEmbedder(dimensions = 128): FakeEmbedder {
  let embedded = 0
  return {
    modelId: "fake-embedder",
    dimensions,
    denseWeight: 0.5,
    language: null,
    fingerprint: sha256(`fake-embedder ${dimensions}`),
    get embedded() {
      return embedded
    },
    async embed(texts, { signal }) {
      await Promise.resolve() // A real one gives the event loop a turn, and an abort its chance.
      throwIfAborted(signal)
      embedded += texts.length
      return texts.map((text) => bagOfWords(text, dimensions))
    },
    async embedPassages(passages, { signal }) {
      await Promise.resolve()
      throwIfAborted(signal)
      embedded += passages.length
      return passages.map(({ text, sentences }) => ({
        vector: bagOfWords(text, dimensions),
        sentences: Int8Array.from(
          sentences.flatMap(({ start, end }) => [...toBytes(bagOfWords(text.slice(start, end), dimensions))]),
        ),
      }))
    },
    dispose: async () => undefined,
  }
}

function bagOfWords(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const term of ["", ...contentTerms(text)]) {
    const hash = Number.parseInt(sha256(term).slice(0, 8), 16)
    const place = hash % dimensions
    vector[place] = (vector[place] ?? 0) + (term === "" ? 0.1 : 1)
  }
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}
