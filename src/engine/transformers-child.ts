/** The child in which transformers.js runs: inference blocks its thread. One model, one thread. */
import { createHash } from "node:crypto"
import { createReadStream, existsSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { AutoModel, AutoTokenizer, env, type PreTrainedModel, type PreTrainedTokenizer, Tensor } from "@xenova/transformers"
import { IbidError, toIbidError } from "../core/errors.ts"
import type { Reply } from "./model-process.ts"

/** The first message: which model, and how its texts are turned into vectors. */
export interface LoadMessage {
  readonly folder: string
  readonly modelId: string
  /** SHA-256 of `onnx/model_quantized.onnx`, or null where it is not known. */
  readonly sha256: string | null
}

export type TransformersRequest =
  | {
      readonly id: number
      readonly type: "embed"
      readonly texts: readonly string[]
      readonly pooling: "mean" | "cls"
      readonly maxTokens: number
    }
  | { readonly id: number; readonly type: "tokenize"; readonly texts: readonly string[] }
  | { readonly id: number; readonly type: "read"; readonly windows: readonly ReaderWindow[] }

/** Token ids of `[CLS] question [SEP] title > heading: passage [SEP]`; `firstSegment` tokens have type 0. */
export interface ReaderWindow {
  readonly ids: readonly number[]
  readonly firstSegment: number
}

export interface WindowLogits {
  readonly answerable: number
  readonly tokens: Float32Array
}

env.allowRemoteModels = false
env.allowLocalModels = true
env.useFSCache = false

let load: LoadMessage | undefined
let model: Promise<PreTrainedModel> | undefined
let tokenizer: Promise<PreTrainedTokenizer> | undefined

process.on("disconnect", () => process.exit(0))
process.on("message", (message: LoadMessage | TransformersRequest) => {
  if (!("id" in message)) load = message
  else void answer(message)
})

async function answer(request: TransformersRequest): Promise<void> {
  let reply: Reply
  try {
    reply = { id: request.id, result: await handle(request) }
  } catch (thrown) {
    const error = toIbidError(thrown)
    const message = error.code === "internal" ? `Cannot run the model: ${describe(thrown)}` : error.message
    reply = { id: request.id, failure: { code: error.code === "internal" ? "model-damaged" : error.code, message } }
  }
  process.send?.(reply)
}

async function handle(request: TransformersRequest): Promise<unknown> {
  switch (request.type) {
    case "tokenize":
      return await tokenize(request.texts)
    case "embed":
      return await embed(request)
    case "read": {
      const logits: WindowLogits[] = []
      for (const window of request.windows) logits.push(await read(window))
      return logits
    }
  }
}

/** WordPiece ids without special tokens. */
async function tokenize(texts: readonly string[]): Promise<number[][]> {
  const encode = await loadTokenizer()
  return texts.map((text) => encode.encode(text, { add_special_tokens: false }))
}

async function embed(request: Extract<TransformersRequest, { type: "embed" }>): Promise<Float32Array[]> {
  const encode = await loadTokenizer()
  const run = await loadModel()
  const inputs = encode([...request.texts], { padding: true, truncation: true, max_length: request.maxTokens })
  const outputs = await run(inputs)
  const { data, dims } = outputs["last_hidden_state"] as { data: Float32Array; dims: [number, number, number] }
  const mask = inputs["attention_mask"].data as BigInt64Array
  const [texts, tokens, dimensions] = dims
  return Array.from({ length: texts }, (_, text) => {
    const vector = new Float32Array(dimensions)
    for (let token = 0; token < (request.pooling === "cls" ? 1 : tokens); token++) {
      if (mask[text * tokens + token] === 0n) continue
      const from = (text * tokens + token) * dimensions
      for (let place = 0; place < dimensions; place++) vector[place] = (vector[place] ?? 0) + (data[from + place] ?? 0)
    }
    return normalized(vector)
  })
}

async function read(window: ReaderWindow): Promise<WindowLogits> {
  const run = await loadModel()
  const shape = [1, window.ids.length]
  const row = (value: (position: number) => bigint) => BigInt64Array.from(window.ids, (_, position) => value(position))
  const outputs = await run({
    input_ids: new Tensor("int64", row((position) => BigInt(window.ids[position] ?? 0)), shape),
    attention_mask: new Tensor("int64", row(() => 1n), shape),
    token_type_ids: new Tensor("int64", row((position) => (position < window.firstSegment ? 0n : 1n)), shape),
  })
  return {
    answerable: Number(outputs["answerable"].data[0]),
    tokens: Float32Array.from(outputs["token_logits"].data as Float32Array),
  }
}

function loadTokenizer(): Promise<PreTrainedTokenizer> {
  tokenizer ??= place().then(({ name }) => AutoTokenizer.from_pretrained(name, { local_files_only: true }))
  return tokenizer
}

function loadModel(): Promise<PreTrainedModel> {
  model ??= place().then(({ name }) =>
    AutoModel.from_pretrained(name, {
      local_files_only: true,
      dtype: "q8",
      session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
    }),
  )
  return model
}

/** Finds the folder and checks the weights once, before they are loaded. */
let checked: Promise<{ readonly name: string }> | undefined
function place(): Promise<{ readonly name: string }> {
  checked ??= check()
  return checked
}

async function check(): Promise<{ readonly name: string }> {
  if (load === undefined) throw new TypeError("The load message comes first")
  const weights = join(load.folder, "onnx", "model_quantized.onnx")
  for (const file of [weights, join(load.folder, "tokenizer.json"), join(load.folder, "config.json")]) {
    if (!existsSync(file)) {
      throw new IbidError(
        "model-missing",
        `Cannot load the model ${load.modelId}: ${basename(file)} is missing; bring it with "ibid models import PATH"`,
      )
    }
  }
  if (load.sha256 !== null) {
    const hash = createHash("sha256")
    for await (const piece of createReadStream(weights)) hash.update(piece as Buffer)
    if (hash.digest("hex") !== load.sha256) {
      throw new IbidError("model-damaged", `Cannot load the model ${load.modelId}: its file has another hash than published`)
    }
  }
  env.localModelPath = dirname(load.folder)
  return { name: basename(load.folder) }
}

function normalized(vector: Float32Array): Float32Array {
  let square = 0
  for (const component of vector) square += component * component
  const norm = Math.sqrt(square)
  return norm === 0 ? vector : vector.map((component) => component / norm)
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
