import { throwIfAborted } from "../../src/core/errors.ts"
import type { Reader } from "../../src/core/ports.ts"
import { contentTerms } from "../../src/core/terms.ts"

const LOWEST_LOGIT = -12

/** Reads by word overlap: a sentence with all content words of the question gets 4, one with none -4. */
export function createFakeReader(): Reader {
  return {
    modelId: "fake-reader",
    async read(question, passages, { signal }) {
      await Promise.resolve() // A real one gives the event loop a turn, and an abort its chance.
      throwIfAborted(signal)
      const asked = new Set(contentTerms(question))
      return passages.map(({ text, sentences }) => {
        const scores = sentences.map(({ start, end }) => {
          const found = new Set(contentTerms(text.slice(start, end)))
          const shared = [...asked].filter((term) => found.has(term)).length
          return (8 * shared) / Math.max(1, asked.size) - 4
        })
        return { answerable: Math.max(LOWEST_LOGIT, ...scores), sentences: scores }
      })
    },
    dispose: async () => undefined,
  }
}

/** The same without scores of sentences, as a cross-encoder reads. */
export function createFakeCrossEncoder(): Reader {
  const reader = createFakeReader()
  return {
    ...reader,
    modelId: "fake-cross-encoder",
    read: async (...call) => (await reader.read(...call)).map((reading) => ({ ...reading, sentences: null })),
  }
}
