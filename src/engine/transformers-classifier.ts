import PQueue from "p-queue"
import { throwIfAborted } from "../core/errors.ts"
import type { Log } from "../core/types.ts"
import { abortable } from "./abortable.ts"
import type { Limiter } from "./limiter.ts"
import { type OwnModelFolder, ownModelDamaged } from "./model-folder.ts"
import { createModelProcess } from "./model-process.ts"
import type { ClassifierFolder } from "./models/classifier.ts"
import type { TransformersReply, TransformersRequest } from "./transformers-child.ts"

export interface ClassifierOptions {
  readonly model: Pick<ClassifierFolder, "id" | "folder" | "weights" | "labels" | "maxTokens">
  readonly limiter: Limiter
  readonly log: Log
}

/** Two texts; the second one in sentences, of which a window holds as many as it can. */
export interface TextPair {
  readonly first: string
  /** Stands before the sentences in every window; empty without. */
  readonly title: string
  readonly sentences: readonly string[]
}

export interface Classifier {
  /** By pair, in their order, one list of logits a window, in the order of the labels. None for a pair without sentences. */
  classify(
    pairs: readonly TextPair[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly (readonly number[])[])[]>
  dispose(): Promise<void>
}

/**
 * A sequence classifier of pairs on transformers.js, in a child process of one thread, local files alone. One call is
 * worked off after the other, and each of its pairs takes a core. Throws `cancelled`, `model-damaged`,
 * `model-unavailable`.
 */
export function createTransformersClassifier({ model, limiter, log }: ClassifierOptions): Classifier {
  const { id, folder, weights, labels, maxTokens } = model
  const own: OwnModelFolder = { modelId: id, folder, weights }
  const process = createModelProcess<TransformersRequest, TransformersReply>({
    ...{ module: "transformers-child", parentUrl: import.meta.url },
    ...{ load: { type: "load", model: own }, modelId: id, log },
  })
  const calls = new PQueue({ concurrency: 1 })

  async function classifyOne(pair: TextPair, signal: AbortSignal | undefined) {
    throwIfAborted(signal)
    const { logits = [] } = await limiter.run({ wanted: 1, priority: "question", signal }, () =>
      process.request({ type: "classify", ...pair, maxTokens }),
    )
    for (const window of logits) {
      if (window.length !== labels.length) {
        throw ownModelDamaged(id, `it gives ${window.length} logits, its config.json names ${labels.length} labels`)
      }
      if (!window.every(Number.isFinite)) throw ownModelDamaged(id, "its logits are not finite")
    }
    return logits
  }

  async function classifyAll(pairs: readonly TextPair[], signal: AbortSignal | undefined) {
    const all: (readonly (readonly number[])[])[] = []
    for (const pair of pairs) all.push(await classifyOne(pair, signal))
    return all
  }

  return {
    async classify(pairs, signal) {
      throwIfAborted(signal)
      return await abortable(
        calls.add(() => classifyAll(pairs, signal)),
        signal,
      )
    },
    dispose: () => process.dispose(),
  }
}
