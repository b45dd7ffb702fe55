import type { Entailment, EntailmentShares } from "../core/ports.ts"
import type { EntailmentPlaces } from "./models/resolve-entailment.ts"
import { type ClassifierOptions, createTransformersClassifier } from "./transformers-classifier.ts"

export interface EntailmentOptions extends ClassifierOptions {
  readonly model: ClassifierOptions["model"] & { readonly places: EntailmentPlaces }
}

/** What has no tokens says nothing that could be entailed. */
const NOTHING_SAID: EntailmentShares = { entailment: 0, neutral: 1, contradiction: 0 }

/**
 * A public NLI cross-encoder as a second opinion: the softmax of its logits for (premise, hypothesis). A premise is cut
 * after half a window, a hypothesis at its end. Throws what the port says.
 */
export function createTransformersEntailment(options: EntailmentOptions): Entailment {
  const classifier = createTransformersClassifier(options)
  const { places } = options.model
  return {
    modelId: options.model.id,
    async judge(premise, hypothesis, { signal }) {
      const [windows] = await classifier.classify([{ first: premise, title: "", sentences: [hypothesis] }], signal)
      const logits = windows?.[0]
      return logits === undefined ? NOTHING_SAID : toShares(logits, places)
    },
    dispose: () => classifier.dispose(),
  }
}

function toShares(
  logits: readonly number[],
  { entailment, neutral, contradiction }: EntailmentPlaces,
): EntailmentShares {
  const largest = Math.max(...logits)
  const weights = logits.map((logit) => Math.exp(logit - largest))
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const share = (place: number) => (weights[place] ?? 0) / whole
  return { entailment: share(entailment), neutral: share(neutral), contradiction: share(contradiction) }
}
