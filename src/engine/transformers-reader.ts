import { throwIfAborted } from "../core/errors.ts"
import type { Reader, ReaderPassage, Reading } from "../core/ports.ts"
import type { Log } from "../core/types.ts"
import type { Limiter } from "./limiter.ts"
import { createModelProcess } from "./model-process.ts"
import type { LoadMessage, ReaderWindow, WindowLogits } from "./transformers-child.ts"

export interface ReaderOptions {
  /** Absolute path of the model's folder. */
  readonly folder: string
  readonly model: { readonly id: string; readonly maxTokens: number; readonly sha256: string | null }
  readonly limiter: Limiter
  readonly log: Log
}

/** `[CLS]` and `[SEP]` of the reader's vocabulary. */
const CLS = 101
const SEP = 102
const QUESTION_TOKENS = 48
const TITLE_TOKENS = 24
const LOWEST_LOGIT = -12

/**
 * The reader ibid-evidence-v1 on transformers.js, in a child process of one thread. Input as its card has it:
 * `[CLS] question [SEP] title > heading: passage [SEP]`, whole sentences, at most 256 tokens; a longer passage is read in
 * several windows. Sentences are tokenised one by one, so each token is known to belong to one: WordPiece splits at
 * white space, therefore the pieces of the sentences are those of the passage.
 */
export function createTransformersReader(options: ReaderOptions): Reader {
  const { model, limiter, log } = options
  const load: LoadMessage = { folder: options.folder, modelId: model.id, sha256: model.sha256 }
  const process = createModelProcess("transformers-child", load, log)

  const readOne = async (question: readonly number[], passage: ReaderPassage): Promise<Reading> => {
    const heading = [passage.title, ...passage.headingPath].filter(Boolean).join(" > ")
    const texts = passage.sentences.map((range) => passage.text.slice(range.start, range.end))
    const [title, ...sentences] = (await process.request({
      type: "tokenize",
      texts: [heading === "" ? "" : `${heading}:`, ...texts],
    })) as number[][]
    const prefix = [CLS, ...question, SEP]
    const windows = packWindows(sentences, prefix, (title ?? []).slice(0, TITLE_TOKENS), model.maxTokens)
    const logits = (await process.request({ type: "read", windows })) as WindowLogits[]
    const scores = texts.map(() => LOWEST_LOGIT)
    for (const [position, window] of windows.entries()) {
      for (const span of window.spans) {
        const tokens = logits[position]?.tokens.subarray(span.from, span.to) ?? new Float32Array()
        const mean = tokens.reduce((sum, logit) => sum + logit, 0) / Math.max(1, tokens.length)
        scores[span.sentence] = Math.max(LOWEST_LOGIT, mean)
      }
    }
    return { answerable: Math.max(...logits.map((window) => window.answerable)), sentences: scores }
  }

  return {
    modelId: model.id,
    read: async (question, passages, { signal }) => {
      throwIfAborted(signal)
      const readings: Reading[] = []
      const request = { wanted: 1, priority: "question", ...(signal === undefined ? {} : { signal }) } as const
      const [ids] = (await process.request({ type: "tokenize", texts: [question] })) as number[][]
      for (const passage of passages) {
        readings.push(await limiter.run(request, () => readOne((ids ?? []).slice(0, QUESTION_TOKENS), passage)))
      }
      return readings
    },
    dispose: () => process.dispose(),
  }
}

interface PackedWindow extends ReaderWindow {
  /** Which of the window's tokens belong to which sentence. */
  readonly spans: readonly { readonly sentence: number; readonly from: number; readonly to: number }[]
}

/** Puts whole sentences into windows; one that is longer than a window is cut. There is at least one window. */
function packWindows(
  sentences: readonly (readonly number[])[],
  prefix: readonly number[],
  title: readonly number[],
  maxTokens: number,
): PackedWindow[] {
  const room = maxTokens - prefix.length - title.length - 1
  const windows: PackedWindow[] = []
  let ids: number[] = []
  let spans: PackedWindow["spans"][number][] = []
  const close = (): void => {
    windows.push({ ids: [...prefix, ...title, ...ids, SEP], firstSegment: prefix.length, spans })
    ids = []
    spans = []
  }
  for (const [sentence, tokens] of sentences.entries()) {
    const kept = tokens.slice(0, room)
    if (ids.length > 0 && ids.length + kept.length > room) close()
    const from = prefix.length + title.length + ids.length
    ids.push(...kept)
    spans.push({ sentence, from, to: from + kept.length })
  }
  if (ids.length > 0 || windows.length === 0) close()
  return windows
}
