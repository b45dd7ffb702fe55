/** Entry of the processes that run embedder, reader and classifiers: one session on one thread, local files only. */
import type { AutoModel, PreTrainedModel, PreTrainedTokenizer, Tensor } from "@xenova/transformers"
import type { Range } from "../core/types.ts"
import {
  checkModelFolder,
  type ModelFolder,
  modelDamaged,
  type OwnModelFolder,
  ownModelDamaged,
} from "./model-folder.ts"
import { answerRequests } from "./model-process.ts"
import { findPairFrame } from "./pair-frame.ts"
import { packWindows, type ReaderWindow } from "./reader-windows.ts"
import { poolSentences } from "./sentence-vectors.ts"

export type Pooling = "mean" | "cls"

export type TransformersRequest =
  /** A folder of one's own holds a classifier. */
  | { readonly type: "load"; readonly model: ModelFolder | OwnModelFolder }
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
  | {
      readonly type: "classify"
      /** Cut after half a window. */
      readonly first: string
      /** Stands before the sentences in every window; empty without. */
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
  /** Of the model's labels in their order, one list a window. */
  readonly logits?: readonly (readonly number[])[]
}

answerRequests<TransformersRequest, TransformersReply>(async (request) => {
  if (request.type === "load") {
    loaded = "weights" in request.model ? await loadClassifier(request.model) : await load(request.model)
    return {}
  }
  if (loaded === undefined) throw new Error("no model is loaded")
  switch (request.type) {
    case "embed":
      return await embed(loaded, request)
    case "read":
      return await read(loaded, request)
    case "classify":
      return await classify(loaded, request)
  }
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
const LARGEST_TITLE = 24

async function load(folder: ModelFolder): Promise<Loaded> {
  await checkModelFolder(folder)
  const { AutoModel } = await import("@xenova/transformers")
  try {
    return await open(AutoModel, folder.folder, "q8")
  } catch (cause) {
    throw modelDamaged(folder.modelId, UNREADABLE, cause)
  }
}

async function loadClassifier({ modelId, folder, weights }: OwnModelFolder): Promise<Loaded> {
  const { AutoModelForSequenceClassification } = await import("@xenova/transformers")
  try {
    const dtype = weights === "onnx/model.onnx" ? "fp32" : "q8"
    return await open(AutoModelForSequenceClassification, folder, dtype)
  } catch (cause) {
    throw ownModelDamaged(modelId, UNREADABLE, cause)
  }
}

const UNREADABLE = "its files cannot be read"

async function open(
  family: Pick<typeof AutoModel, "from_pretrained">,
  folder: string,
  dtype: "q8" | "fp32",
): Promise<Loaded> {
  const { AutoTokenizer, env, Tensor } = await import("@xenova/transformers")
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = folder
  env.useFSCache = false
  const options = { local_files_only: true } as const
  return {
    tokenizer: await AutoTokenizer.from_pretrained(folder, options),
    model: await family.from_pretrained(folder, {
      ...{ ...options, dtype },
      session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
    }),
    tensor: (values) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]),
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
  const frame = { before: [cls], between: [separator], after: [separator] }
  for (const window of packWindows(tokens, frame, maxTokens)) {
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

/** Pairs of the first text and as many of the sentences as a window holds; one without sentences has no window. */
async function classify(
  { tokenizer, model, tensor }: Loaded,
  { first, title, sentences, maxTokens }: Extract<TransformersRequest, { type: "classify" }>,
): Promise<TransformersReply> {
  const encode = (text: string): number[] =>
    tokenizer.encode(text.slice(0, maxTokens * MAX_CHARACTERS_A_TOKEN), { add_special_tokens: false })
  const frame = findPairFrame((one, other) => tokenizer.encode(one, { text_pair: other }), encode)
  const tokens = { question: encode(first), title: encode(title), sentences: sentences.map(encode) }
  const limits = { question: Math.floor(maxTokens / 2), title: Math.min(LARGEST_TITLE, Math.floor(maxTokens / 4)) }
  const found: number[][] = []
  for (const { ids, typeIds } of packWindows(tokens, frame, maxTokens, limits)) {
    const output: Record<string, Tensor> = await model({
      input_ids: tensor(ids),
      attention_mask: tensor(ids.map(() => 1)),
      token_type_ids: tensor(typeIds),
    })
    found.push([...logits(output, "logits")])
  }
  return { logits: found }
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
