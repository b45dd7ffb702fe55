import PQueue from "p-queue"
import { throwIfAborted } from "../core/errors.ts"
import type { Reader, ReaderPassage, Reading } from "../core/ports.ts"
import type { Log } from "../core/types.ts"
import { abortable } from "./abortable.ts"
import type { Limiter } from "./limiter.ts"
import { modelDamaged } from "./model-folder.ts"
import { createModelProcess } from "./model-process.ts"
import type { TransformersReply, TransformersRequest } from "./transformers-child.ts"

export interface ReaderOptions {
  /** Absolute path of the model's folder. */
  readonly folder: string
  readonly model: {
    readonly id: string
    /** Of a window; a longer passage is read in several. */
    readonly maxTokens: number
    /** Of the ONNX file; null where it is not known. */
    readonly sha256: string | null
  }
  readonly limiter: Limiter
  readonly log: Log
}

/**
 * The reader ibid-evidence-v1 on transformers.js, in a child process of one thread, local files alone. Its inputs and
 * scores are those of its card (`data/models/ibid-evidence-v1`): see `packWindows`. One passage takes a core at a time,
 * so that the embedding of a question can go between two. Besides what the port says, throws `model-damaged`,
 * `model-unavailable`.
 */
export function createTransformersReader(options: ReaderOptions): Reader {
  const { model, limiter, log } = options
  const process = createModelProcess<TransformersRequest, TransformersReply>({
    module: "transformers-child",
    parentUrl: import.meta.url,
    load: { type: "load", model: { modelId: model.id, folder: options.folder, sha256: model.sha256 } },
    modelId: model.id,
    log,
  })
  /** One question after the other: in turns all of them would be late. */
  const questions = new PQueue({ concurrency: 1 })

  async function readOne(question: string, passage: ReaderPassage, signal?: AbortSignal): Promise<Reading> {
    const headings = [passage.title, ...passage.headingPath].filter((part) => part !== "").join(" > ")
    const reply = await limiter.run({ wanted: 1, priority: "question", signal }, () =>
      process.request({
        type: "read",
        question,
        title: headings === "" ? "" : `${headings}:`,
        sentences: passage.sentences.map(({ start, end }) => passage.text.slice(start, end)),
        maxTokens: model.maxTokens,
      }),
    )
    const { answerable, sentences } = reply
    if (answerable === undefined || sentences === undefined || ![answerable, ...sentences].every(Number.isFinite)) {
      throw modelDamaged(model.id, "its scores are not finite")
    }
    return { answerable, sentences }
  }

  async function readAll(
    question: string,
    passages: readonly ReaderPassage[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Reading[]> {
    const readings: Reading[] = []
    for (const passage of passages) {
      throwIfAborted(signal)
      readings.push(await readOne(question, passage, signal))
    }
    return readings
  }

  return {
    modelId: model.id,
    async read(question, passages, { signal }) {
      throwIfAborted(signal)
      return await abortable(
        questions.add(() => readAll(question, passages, signal)),
        signal,
      )
    },
    dispose: () => process.dispose(),
  }
}
