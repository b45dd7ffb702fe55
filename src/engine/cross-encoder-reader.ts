import type { Reader } from "../core/ports.ts"
import { type ClassifierOptions, createTransformersClassifier } from "./transformers-classifier.ts"

/** As of every reader: what is below says nothing. */
const LOWEST_LOGIT = -12

/**
 * A public cross-encoder in the place of the reader: the one logit of (question, `title > heading: passage`), the largest
 * over the windows of a passage, and no scores of sentences. Besides what the port says, throws `model-damaged`,
 * `model-unavailable`.
 */
export function createCrossEncoderReader(options: ClassifierOptions): Reader {
  const classifier = createTransformersClassifier(options)
  return {
    modelId: options.model.id,
    async read(question, passages, { signal }) {
      const pairs = passages.map(({ title, headingPath, text, sentences }) => {
        const headings = [title, ...headingPath].filter((part) => part !== "").join(" > ")
        return {
          first: question,
          title: headings === "" ? "" : `${headings}:`,
          sentences: sentences.map(({ start, end }) => text.slice(start, end)),
        }
      })
      const logits = await classifier.classify(pairs, signal)
      return logits.map((windows) => ({
        answerable: Math.max(LOWEST_LOGIT, ...windows.map(([logit = LOWEST_LOGIT]) => logit)),
        sentences: null,
      }))
    },
    dispose: () => classifier.dispose(),
  }
}
