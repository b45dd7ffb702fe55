/** The child in which llama.cpp runs: a native crash or an out-of-memory kill costs one request. */
import type { ChatHistoryItem, ChatWrapper, Llama, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp"
import { type ErrorCode, IbidError, promptTooLong, throwIfAborted, toIbidError } from "../core/errors.ts"
import type { Message } from "../core/ports.ts"
import { abortable } from "./abortable.ts"
import { createBusyMachine } from "./busy-machine.ts"
import { createSeats, type Lora, type Seats } from "./llama-seats.ts"

/** The first message. */
export interface LlamaLoad {
  readonly type: "load"
  readonly file: string
  readonly modelId: string
  readonly contextTokens: number
  readonly cores: number
}

export type LlamaWork =
  | { readonly type: "warm"; readonly id: number }
  | {
      readonly type: "generate"
      readonly id: number
      readonly messages: readonly Message[]
      readonly maxTokens: number
      readonly seed: number
      readonly lora?: Lora
    }
  | {
      readonly type: "weigh"
      readonly id: number
      readonly messages: readonly Message[]
      readonly choices: readonly string[]
    }

export type LlamaRequest =
  | LlamaLoad
  | LlamaWork
  /** Answer to `turn`: compute the next slice with so many threads. */
  | { readonly type: "go"; readonly id: number; readonly threads: number }
  | { readonly type: "abort"; readonly id: number }

export type LlamaReply =
  /** A slice ended; the next one waits for its cores, of which it can use `most`. */
  | { readonly id: number; readonly type: "turn"; readonly most: number }
  | { readonly id: number; readonly type: "piece"; readonly text: string }
  | { readonly id: number; readonly type: "weights"; readonly weights: readonly number[] | null }
  | { readonly id: number; readonly type: "end" }
  | {
      readonly id: number
      readonly type: "failure"
      readonly code: ErrorCode
      readonly message: string
      readonly context?: IbidError["context"]
    }

interface Engine {
  readonly llama: Llama
  readonly model: LlamaModel
  /** The model as it is, and with an adapter: each with a cache of its own. */
  readonly seats: Seats
  /** The model's own chat template. */
  readonly wrapper: ChatWrapper
}

/** The request at work; the parent sends the next one when it has ended. */
interface Current {
  readonly id: number
  readonly abort: AbortController
  go(threads: number): void
}

/** Written tokens between two requests for cores. */
const DECODE_SLICE = 4
/** What a slice of a prompt may take: an abort, and others that want cores, wait for it. */
const PREFILL_SLICE_MS = 650
/** The same where others want cores now. */
const SHARED_SLICE_MS = 350
/** Cores that come later than this were with somebody else. */
const WAIT_MS = 30
/** llama.cpp multiplies by eights. */
const LEAST_BATCH = 8
/** From here on a batch takes at most a tenth more time for each token than the longest; one of 32 takes a quarter more. */
const FULL_BATCH = 64
/** A batch of the model, tokens. */
const MOST_BATCH = 512

let load: LlamaLoad | undefined
let engine: Promise<Engine> | undefined
let current: Current | undefined
const machine = createBusyMachine()

process.on("disconnect", () => process.exit(0))
process.on("message", (message: LlamaRequest) => {
  if (message.type === "load") load = message
  else if (message.type === "generate" || message.type === "weigh" || message.type === "warm") void answer(message)
  else if (message.id !== current?.id) return
  else if (message.type === "abort") current.abort.abort()
  else current.go(message.threads)
})

async function answer(work: LlamaWork): Promise<void> {
  const { id } = work
  const at: Current = { id, abort: new AbortController(), go: () => undefined }
  current = at
  try {
    if (engine === undefined) {
      await coresFor(at, 1)
      engine = loadEngine()
    }
    let loaded = await abortable(engine, at.abort.signal)
    const lora = work.type === "generate" ? work.lora : undefined
    if (loaded.seats.isStale(lora)) {
      await coresFor(at, 1)
      const { llama, model } = loaded
      engine = model.dispose().then(() => loadModel(llama))
      loaded = await abortable(engine, at.abort.signal)
    }
    if (work.type === "generate") {
      for await (const text of generate(loaded, work, at)) reply({ id, type: "piece", text })
    }
    if (work.type === "weigh") reply({ id, type: "weights", weights: await weigh(loaded, work, at) })
    reply({ id, type: "end" })
  } catch (thrown) {
    const { code, message, context } = toIbidError(thrown)
    reply({ id, type: "failure", code: code === "internal" ? "model-unavailable" : code, message, context })
  }
}

function reply(message: LlamaReply): void {
  process.send?.(message)
}

/** Gives the cores back and waits for some: the threads of the next slice. Throws `cancelled`. */
async function coresFor(at: Current, most: number): Promise<number> {
  throwIfAborted(at.abort.signal)
  const granted = new Promise<number>((resolve) => {
    at.go = resolve
  })
  reply({ id: at.id, type: "turn", most })
  return await abortable(granted, at.abort.signal)
}

async function loadEngine(): Promise<Engine> {
  if (load === undefined) throw new TypeError("The load message comes first")
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp")
  const llama = await getLlama({
    ...{ gpu: false, build: "never", skipDownload: true, progressLogs: false },
    ...{ maxThreads: load.cores, logLevel: LlamaLogLevel.error },
  } as const)
  return await loadModel(llama)
}

async function loadModel(llama: Llama): Promise<Engine> {
  if (load === undefined) throw new TypeError("The load message comes first")
  const { resolveChatWrapper } = await import("node-llama-cpp")
  try {
    const model = await llama.loadModel({ modelPath: load.file, gpuLayers: 0 })
    const seats = await createSeats(model, {
      ...{ contextSize: Math.min(load.contextTokens, model.trainContextSize), threads: { ideal: load.cores, min: 1 } },
      batchSize: MOST_BATCH,
    })
    await warmUp(model, seats.base)
    return { llama, model, seats, wrapper: resolveChatWrapper(model) }
  } catch (cause) {
    throw new IbidError("model-damaged", `Cannot load the model ${load.modelId}: its file is not usable`, { cause })
  }
}

/** Reads the weights once: the file is mapped, and the first question would else pay for the disk. */
async function warmUp(model: LlamaModel, sequence: LlamaContextSequence): Promise<void> {
  await sequence.evaluateWithoutGeneratingNewTokens(model.tokenize(" "))
  await sequence.clearHistory()
}

/** Greedy decoding. What the former request left in the cache and this one shares is not read again. */
async function* generate(
  engine: Engine,
  { messages, maxTokens, seed, lora }: Extract<LlamaWork, { type: "generate" }>,
  at: Current,
): AsyncGenerator<string> {
  const { model, wrapper } = engine
  const { tokens, stops } = promptTokens(model, wrapper, messages)
  if (lora !== undefined && !engine.seats.isReady(lora)) await coresFor(at, 1)
  const sequence = await engine.seats.of(lora)
  const { rest, nextSlice } = await prefill(engine, sequence, tokens, { maxTokens, at })
  if (maxTokens < 1) return
  const written: Token[] = []
  let sent = ""
  for await (const token of sequence.evaluate(rest, { temperature: 0, seed })) {
    throwIfAborted(at.abort.signal)
    if (model.isEogToken(token)) break
    written.push(token)
    const { text, isStopped } = readableText(model.detokenize(written), stops)
    if (text.length > sent.length) {
      yield text.slice(sent.length)
      sent = text
    }
    if (isStopped || written.length >= maxTokens) break
    if (written.length % DECODE_SLICE === 1) await nextSlice()
  }
}

/** One step behind the prompt: which of the choices the model would begin with. */
async function weigh(
  engine: Engine,
  { messages, choices }: Extract<LlamaWork, { type: "weigh" }>,
  at: Current,
): Promise<readonly number[] | null> {
  const { model, wrapper } = engine
  const sequence = engine.seats.base
  const firsts = firstTokens(model, choices)
  const { rest } = await prefill(engine, sequence, promptTokens(model, wrapper, messages).tokens, { maxTokens: 1, at })
  const last = rest.at(-1)
  if (firsts === null || last === undefined) return null
  const filter = { tokens: firsts.flat() }
  const results = await sequence.controlledEvaluate([
    ...rest.slice(0, -1),
    [last, { generateNext: { logits: { filter } } }],
  ])
  const logits = results.at(-1)?.next.logits
  if (logits === undefined) return null
  return shares(firsts.map((tokens) => tokens.map((token) => logits.get(token) ?? Number.NEGATIVE_INFINITY)))
}

/**
 * Reads a prompt in slices, between which others get the cores. The `rest`, one token at least, is left to read: the
 * last slice, whose cores it has.
 */
async function prefill(
  { llama }: Engine,
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  { maxTokens, at }: { readonly maxTokens: number; readonly at: Current },
) {
  if (tokens.length === 0 || tokens.length + maxTokens > sequence.contextSize) {
    throw promptTooLong(
      `Cannot generate: the prompt has ${tokens.length} tokens, the context ${sequence.contextSize} with ${maxTokens} to write`,
    )
  }
  const most = load?.cores ?? 1
  const nextSlice = async (): Promise<number> => {
    const granted = await coresFor(at, machine.threads(most))
    // llama.cpp takes the number of threads anew with each batch.
    llama.maxThreads = Math.max(1, granted)
    return llama.maxThreads
  }
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false)
  machine.watch()
  for (let tokenMs: number | undefined; ; ) {
    const asked = performance.now()
    const threads = await nextSlice()
    const started = performance.now()
    const sliceMs = started - asked > WAIT_MS ? SHARED_SLICE_MS : PREFILL_SLICE_MS
    const size = tokenMs === undefined ? LEAST_BATCH : batchOf((sliceMs * threads) / tokenMs)
    const from = sequence.nextTokenIndex
    if (tokens.length - from <= size) return { rest: tokens.slice(from), nextSlice }
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(from, from + size))
    tokenMs = ((performance.now() - started) * threads) / size
  }
}

/** The tokens to read at a time, of as many as the time is for. */
function batchOf(tokens: number): number {
  const step = tokens < FULL_BATCH ? LEAST_BATCH : FULL_BATCH / 2
  return Math.max(LEAST_BATCH, Math.min(MOST_BATCH, Math.floor(tokens / step) * step))
}

/** The tokens that each choice may begin with; null where one has none that is its own. */
function firstTokens(model: LlamaModel, choices: readonly string[]): Token[][] | null {
  const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)
  const all = choices.map((choice) => {
    const forms = [choice, capital(choice)].flatMap((form) => [form, ` ${form}`])
    const first = forms.map((form) => model.tokenize(form).find((token) => model.detokenize([token]).trim() !== ""))
    return [...new Set(first.filter((token) => token !== undefined))]
  })
  const own = all.map((tokens, place) =>
    tokens.filter((token) => all.every((others, other) => other === place || !others.includes(token))),
  )
  return own.some((tokens) => tokens.length === 0) ? null : own
}

/** The share of each group of logits in the probability of all. */
function shares(groups: readonly (readonly number[])[]): number[] {
  const most = Math.max(...groups.flat())
  const masses = groups.map((logits) => logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0))
  const whole = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map((mass) => Math.max(mass / whole, Number.MIN_VALUE))
}

/** The text up to a stop word, without what may yet become one, and without the begin of an unfinished character. */
function readableText(text: string, stops: readonly string[]): { readonly text: string; readonly isStopped: boolean } {
  const found = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0)
  if (found.length > 0) return { text: text.slice(0, Math.min(...found)), isStopped: true }
  const whole = text.replace(/(?<!\uFFFD)\uFFFD+$/, "")
  const held = stops.flatMap((stop) => Array.from(stop, (_, length) => stop.slice(0, length + 1)))
  const tail = held
    .filter((begin) => whole.endsWith(begin))
    .reduce((longest, { length }) => Math.max(longest, length), 0)
  return { text: whole.slice(0, whole.length - tail), isStopped: false }
}

/** What users and documents wrote stays plain text in the template, also where it looks like a marker. */
function promptTokens(
  model: LlamaModel,
  wrapper: ChatWrapper,
  messages: readonly Message[],
): { readonly tokens: Token[]; readonly stops: readonly string[] } {
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
