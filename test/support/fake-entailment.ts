import { throwIfAborted } from "../../src/core/errors.ts"
import type { Entailment } from "../../src/core/ports.ts"
import { contentTerms, words } from "../../src/core/terms.ts"

export interface FakeEntailment extends Entailment {
  /** What it was asked, in order. */
  readonly asked: readonly { readonly premise: string; readonly hypothesis: string }[]
}

/** Judges by words: entailed is what the premise has half the content words of, contradicted what denies. */
export function createFakeEntailment(): FakeEntailment {
  const asked: { readonly premise: string; readonly hypothesis: string }[] = []
  return {
    modelId: "fake-entailment",
    asked,
    async judge(premise, hypothesis, { signal }) {
      await Promise.resolve() // A real one gives the event loop a turn, and an abort its chance.
      throwIfAborted(signal)
      asked.push({ premise, hypothesis })
      const known = new Set(contentTerms(premise))
      const said = contentTerms(hypothesis)
      const shared = said.filter((term) => known.has(term)).length / Math.max(1, said.length)
      if (words(hypothesis).includes("not")) return { entailment: 0.05, neutral: 0.05, contradiction: 0.9 }
      return { entailment: 0.9 * shared + 0.05, neutral: 0.9 * (1 - shared), contradiction: 0.05 }
    },
    dispose: async () => undefined,
  }
}
