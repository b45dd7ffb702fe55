/** Entry of the processes that run the embedder and the reader: one session on one thread, local files only. */
import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from "@xenova/transformers"
import type { Range } from "../core/types.ts"
import { checkModelFolder, type ModelFolder, modelDamaged } from "./model-folder.ts"
import { answerRequests } from "./model-process.ts"
import { packWindows, type ReaderWindow } from "./reader-windows.ts"
import { poolSentences } from "./sentence-vectors.ts"

export type Pooling = "mean" | "cls"

export type TransformersRequest =
  | { readonly type: "load"; readonly model: ModelFolder }
  | {
      readonly type: "embed"
      readonly texts: readonly string[]
      /** By text, where the vectors of sentences are wanted too. */
      readonly sentences?: readonly (readonly Range[])[]
      readonly pooling: Pooling
      readonly maxTokens: number
    }
  | {
      readonly type: "read"
      readonly question: string
      /** Title and headings as the model wants them; empty without. */
      readonly title: string
      readonly sentences: readonly string[]
      readonly maxTokens: number
    }

export interface TransformersReply {
  /** One a text, of unit norm. */
  readonly vectors?: readonly Float32Array[]
  /** One a text, as `PassageVectors` says. */
  readonly sentenceVectors?: readonly (Int8Array | null)[]
  /** How many texts were longer than the model's limit and cut. */
  readonly cut?: number
  /** Logits: of the passage (the largest over its windows) and the mean over each sentence's tokens. */
  readonly answerable?: number
  readonly sentences?: readonly number[]
}

answerRequests<TransformersRequest, TransformersReply>(async (request) => {
  if (request.type === "load") {
    loaded = await load(request.model)
    return {}
  }
  if (loaded === undefined) throw new Error("no model is loaded")
  return request.type === "embed" ? await embed(loaded, request) : await read(loaded, request)
})

interface Loaded {
  readonly tokenizer: PreTrainedTokenizer
  readonly model: PreTrainedModel
  /** `int64`, one row. */
  tensor(values: readonly number[]): Tensor
}

let loaded: Loaded | undefined
/** No model of this family has tokens that are longer on average; what is beyond is not even tokenised. */
const MAX_CHARACTERS_A_TOKEN = 40
const LOWEST_LOGIT = -12

async function load(folder: ModelFolder): Promise<Loaded> {
  await checkModelFolder(folder)
  const { AutoModel, AutoTokenizer, env, Tensor } = await import("@xenova/transformers")
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = folder.folder
  env.useFSCache = false
  const options = { local_files_only: true } as const
  try {
    return {
      tokenizer: await AutoTokenizer.from_pretrained(folder.folder, options),
      model: await AutoModel.from_pretrained(folder.folder, {
        ...options,
        dtype: "q8",
        session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
      }),
      tensor: (values) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]),
    }
  } catch (cause) {
    throw modelDamaged(folder.modelId, "its files cannot be read", cause)
  }
}

/** One text at a time: measured as fast as batches of equal length, faster than padded ones, and small in memory. */
async function embed(
  { tokenizer, model, tensor }: Loaded,
  { texts, sentences, pooling, maxTokens }: Extract<TransformersRequest, { type: "embed" }>,
): Promise<TransformersReply> {
  const vectors: Float32Array[] = []
  const sentenceVectors: (Int8Array | null)[] = []
  let cut = 0
  for (const [position, text] of texts.entries()) {
    const all = tokenizer.encode(text.slice(0, maxTokens * MAX_CHARACTERS_A_TOKEN))
    const separator = all.at(-1) ?? 0
    const ids = all.length > maxTokens ? [...all.slice(0, maxTokens - 1), separator] : all
    if (all.length > maxTokens) cut++
    const output: Record<string, Tensor> = await model({
      input_ids: tensor(ids),
      attention_mask: tensor(ids.map(() => 1)),
      token_type_ids: tensor(ids.map(() => 0)),
    })
    const states = output["last_hidden_state"]
    if (states === undefined) throw new Error("the model has no output last_hidden_state")
    vectors.push(normalised(pool(states.data as Float32Array, ids.length, pooling)))
    const ranges = sentences?.[position]
    if (ranges === undefined) continue
    const encode = (piece: string): number[] => tokenizer.encode(piece, { add_special_tokens: false })
    const matrix = { states: states.data as Float32Array, tokens: ids.length }
    sentenceVectors.push(pooling === "mean" ? poolSentences({ text, ranges, ids: all, encode }, matrix) : null)
  }
  return { vectors, cut, ...(sentences !== undefined && { sentenceVectors }) }
}

function pool(states: Float32Array, tokens: number, pooling: Pooling): Float32Array {
  const dimensions = states.length / tokens
  if (pooling === "cls") return states.slice(0, dimensions)
  const sum = new Float32Array(dimensions)
  for (let at = 0; at < states.length; at++) sum[at % dimensions] = (sum[at % dimensions] ?? 0) + (states[at] ?? 0)
  return sum
}

/** Divides by the L2 norm, which makes a mean of a sum. A zero vector stays one: the parent refuses it. */
function normalised(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector)
  return norm === 0 ? vector : vector.map((value) => value / norm)
}

/** One window at a time: batches of windows are not faster on one thread. */
async function read(
  { tokenizer, model, tensor }: Loaded,
  { question, title, sentences, maxTokens }: Extract<TransformersRequest, { type: "read" }>,
): Promise<TransformersReply> {
  const encode = (text: string): number[] =>
    tokenizer.encode(text.slice(0, maxTokens * MAX_CHARACTERS_A_TOKEN), { add_special_tokens: false })
  const [cls, separator] = tokenizer.encode("")
  if (cls === undefined || separator === undefined) throw new Error("the tokenizer adds no [CLS] and [SEP]")
  const tokens = { question: encode(question), title: encode(title), sentences: sentences.map(encode) }
  const scores = sentences.map(() => LOWEST_LOGIT)
  let answerable = LOWEST_LOGIT
  for (const window of packWindows(tokens, { cls, separator }, maxTokens)) {
    const output: Record<string, Tensor> = await model({
      input_ids: tensor(window.ids),
      attention_mask: tensor(window.ids.map(() => 1)),
      token_type_ids: tensor(window.typeIds),
    })
    answerable = Math.max(answerable, logits(output, "answerable")[0] ?? LOWEST_LOGIT)
    scoreSentences(logits(output, "token_logits"), window, scores)
  }
  return { answerable, sentences: scores }
}

function logits(output: Record<string, Tensor>, name: string): Float32Array {
  const tensor = output[name]
  if (tensor === undefined) throw new Error(`the model has no output ${name}`)
  return tensor.data as Float32Array
}

function scoreSentences(tokenLogits: Float32Array, window: ReaderWindow, scores: number[]): void {
  for (const { sentence, start, end } of window.spans) {
    let sum = 0
    for (let at = start; at < end; at++) sum += tokenLogits[at] ?? LOWEST_LOGIT
    scores[sentence] = Math.max(LOWEST_LOGIT, sum / (end - start))
  }
}
