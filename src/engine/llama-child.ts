/** The child in which llama.cpp runs: a native crash or an out-of-memory kill costs one request. */
import type { ChatHistoryItem, Llama, LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp"
import { type ErrorCode, IbidError, toIbidError } from "../core/errors.ts"
import type { Message } from "../core/ports.ts"

/** The first message. */
export interface LlamaLoad {
  readonly file: string
  readonly modelId: string
  readonly contextTokens: number
  readonly cores: number
}

export type LlamaRequest =
  | { readonly type: "warm"; readonly id: number }
  | {
      readonly type: "generate"
      readonly id: number
      readonly messages: readonly Message[]
      readonly maxTokens: number
      readonly seed: number
      /** Threads granted; more than one is slower than one when another process is busy. */
      readonly threads: number
    }
  | { readonly type: "abort"; readonly id: number }

export type LlamaReply =
  | { readonly id: number; readonly type: "piece"; readonly text: string }
  | { readonly id: number; readonly type: "end" }
  | { readonly id: number; readonly type: "failure"; readonly code: ErrorCode; readonly message: string }

interface Engine {
  readonly llama: Llama
  readonly model: LlamaModel
  readonly context: LlamaContext
  readonly sequence: LlamaContextSequence
}

/** Tokens between two looks at the abort signal while the prompt is read. */
const PREFILL_SLICE = 32

let load: LlamaLoad | undefined
let engine: Promise<Engine> | undefined
const aborted = new Set<number>()

process.on("disconnect", () => process.exit(0))
process.on("message", (message: LlamaLoad | LlamaRequest) => {
  if (!("type" in message)) load = message
  else if (message.type === "abort") aborted.add(message.id)
  else void answer(message)
})

async function answer(request: Exclude<LlamaRequest, { type: "abort" }>): Promise<void> {
  const send = (reply: LlamaReply) => process.send?.(reply)
  try {
    engine ??= loadEngine()
    const loaded = await engine
    if (request.type === "generate") {
      for await (const text of generate(loaded, request)) send({ id: request.id, type: "piece", text })
    }
    send({ id: request.id, type: "end" })
  } catch (thrown) {
    if (!(thrown instanceof IbidError)) engine = undefined
    const { code, message } = toIbidError(thrown)
    send({ id: request.id, type: "failure", code: code === "internal" ? "model-unavailable" : code, message })
  } finally {
    aborted.delete(request.id)
  }
}

async function loadEngine(): Promise<Engine> {
  if (load === undefined) throw new TypeError("The load message comes first")
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp")
  const llama = await getLlama({
    ...{ gpu: false, build: "never", skipDownload: true, progressLogs: false },
    ...{ maxThreads: load.cores, logLevel: LlamaLogLevel.error },
  } as const)
  try {
    const model = await llama.loadModel({ modelPath: load.file, gpuLayers: 0 })
    const contextSize = Math.min(load.contextTokens, model.trainContextSize)
    const threads = { ideal: load.cores, min: 1 }
    const context = await model.createContext({ sequences: 1, contextSize, threads, batchSize: 512 })
    return { llama, model, context, sequence: context.getSequence() }
  } catch (cause) {
    throw new IbidError("model-damaged", `Cannot load the model ${load.modelId}: its file is not usable`, { cause })
  }
}

/** Greedy decoding. What the former request left in the cache and this one shares is not read again. */
async function* generate(
  { llama, model, sequence }: Engine,
  request: Extract<LlamaRequest, { type: "generate" }>,
): AsyncGenerator<string> {
  llama.maxThreads = request.threads
  const { tokens, stops } = await promptTokens(model, request.messages)
  const last = tokens.at(-1)
  if (last === undefined || tokens.length + request.maxTokens > sequence.contextSize) {
    throw new IbidError(
      "invalid-request",
      `Cannot generate: the prompt has ${tokens.length} tokens, the context ${sequence.contextSize} with ${request.maxTokens} to write`,
    )
  }
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false)
  for (let from = sequence.nextTokenIndex; from < tokens.length - 1; from += PREFILL_SLICE) {
    throwIfAsked(request.id)
    await sequence.evaluateWithoutGeneratingNewTokens(
      tokens.slice(from, Math.min(from + PREFILL_SLICE, tokens.length - 1)),
    )
  }
  throwIfAsked(request.id)
  const written: Token[] = []
  let sent = ""
  for await (const token of sequence.evaluate([last], { temperature: 0, seed: request.seed })) {
    throwIfAsked(request.id)
    if (model.isEogToken(token)) break
    written.push(token)
    const text = model.detokenize(written)
    const stop = stops.map((word) => text.indexOf(word)).filter((at) => at >= 0)
    const whole = stop.length > 0 ? text.slice(0, Math.min(...stop)) : text.replace(/\uFFFD+$/, "")
    if (whole.length > sent.length) yield whole.slice(sent.length)
    sent = whole
    if (stop.length > 0 || written.length >= request.maxTokens) break
  }
}

/** The model's own chat template; what users and documents wrote stays plain text, also where it looks like a marker. */
async function promptTokens(
  model: LlamaModel,
  messages: readonly Message[],
): Promise<{ readonly tokens: Token[]; readonly stops: readonly string[] }> {
  const { resolveChatWrapper } = await import("node-llama-cpp")
  const wrapper = resolveChatWrapper(model)
  const chatHistory = messages.map(
    ({ role, content }): ChatHistoryItem =>
      role === "assistant" ? { type: "model", response: [content] } : { type: role, text: content },
  )
  const state = wrapper.generateContextState({ chatHistory: [...chatHistory, { type: "model", response: [] }] })
  const stops = state.stopGenerationTriggers.flatMap((trigger) =>
    trigger.values.filter((value) => typeof value === "string"),
  )
  const tokens = state.contextText.tokenize(model.tokenizer)
  const bos = model.tokens.bos
  const needsBos = model.tokens.shouldPrependBosToken && bos !== null && tokens[0] !== bos
  return { tokens: needsBos ? [bos, ...tokens] : tokens, stops }
}

function throwIfAsked(id: number): void {
  if (aborted.has(id)) throw new IbidError("cancelled", "The request was cancelled")
}
