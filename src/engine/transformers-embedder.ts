import { setMaxListeners } from "node:events"
import PQueue from "p-queue"
import { throwIfAborted } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { Embedder, EmbedOptions, PassageVectors } from "../core/ports.ts"
import type { Log, Range } from "../core/types.ts"
import { abortable } from "./abortable.ts"
import { blameText } from "./blame-text.ts"
import type { Limiter, Priority } from "./limiter.ts"
import { modelDamaged } from "./model-folder.ts"
import type { ModelProcessOptions, RequestOptions } from "./model-process.ts"
import { createProcessPool, type ProcessPool } from "./process-pool.ts"
import type { Pooling, TransformersReply, TransformersRequest } from "./transformers-child.ts"

export interface EmbedderModel {
  readonly id: string
  readonly dimensions: number
  readonly pooling: Pooling
  readonly queryPrefix: string
  readonly passagePrefix: string
  /** Longer texts are cut, special tokens included; the log says so. */
  readonly maxTokens: number
  readonly denseWeight: number
  readonly language: Embedder["language"]
  /** Of the ONNX file; null where it is not known. */
  readonly sha256: string | null
}

export interface EmbedderOptions {
  /** Absolute path of the model's folder. */
  readonly folder: string
  readonly model: EmbedderModel
  readonly limiter: Limiter
  /** Child processes at most, one thread each, for questions and for passages; absent means one a core. */
  readonly processes?: number
  readonly log: Log
  /** Runs the model; absent means transformers.js. */
  readonly child?: Pick<ModelProcessOptions<TransformersRequest>, "module" | "parentUrl">
  /** After this silence a process is killed. */
  readonly timeoutMs?: number
}

/**
 * The embedder on transformers.js, int8, in child processes of one thread each, local files alone. Questions have
 * processes of their own, and those of passages have a lower priority, so that a question never waits for a passage. The
 * first process of each kind starts with the first text, further ones when there is enough to do. Each small piece of
 * work takes a core from the limiter. Besides what the port says, throws `model-damaged` when the file
 * is not the one expected or its vectors are not usable, `model-unavailable`, and `embedding-failed` for a passage that
 * the model cannot embed while it can others.
 */
export function createTransformersEmbedder(options: EmbedderOptions): Embedder {
  const { model, limiter, log } = options
  const limit = options.processes ?? limiter.cores
  const folder = { modelId: model.id, folder: options.folder, sha256: model.sha256 }
  const createPool = (isInBackground: boolean) =>
    createProcessPool<TransformersRequest, TransformersReply>({
      ...(options.child ?? { module: "transformers-child", parentUrl: import.meta.url }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      load: { type: "load", model: folder },
      modelId: model.id,
      ...{ isInBackground, limit, log },
    })
  const pools: Readonly<Record<Priority, ProcessPool<TransformersRequest, TransformersReply>>> = {
    question: createPool(false),
    ingestion: createPool(true),
  }
  /** Passages wait here and not for a core while all processes are busy: the core may be wanted elsewhere. */
  const passages = new PQueue({ concurrency: 1 })

  async function embedOnce(
    batch: readonly Omit<Item, "position">[],
    { kind, signal }: EmbedOptions,
    call?: RequestOptions,
  ): Promise<readonly PassageVectors[]> {
    throwIfAborted(signal)
    const priority = priorityOf(kind)
    const { pooling, maxTokens } = model
    const texts = batch.map(({ text }) => text)
    const sentences = batch.flatMap((item) => (item.sentences === undefined ? [] : [item.sentences]))
    const wanted = sentences.length === batch.length ? { sentences } : {}
    const reply = await limiter.run({ wanted: 1, priority, signal }, () =>
      pools[priority].request({ type: "embed", texts, ...wanted, pooling, maxTokens }, call),
    )
    if ((reply.cut ?? 0) > 0)
      log("debug", "texts were cut for embedding", { model: model.id, texts: reply.cut, maxTokens })
    return checked(reply.vectors ?? [], texts.length, model).map((vector, place) => ({
      vector,
      sentences: reply.sentenceVectors?.[place] ?? null,
    }))
  }

  /** A question is not worth a search for who is at fault: it fails, and may be asked again. */
  async function embedBatch(batch: readonly Item[], call: EmbedOptions): Promise<readonly PassageVectors[]> {
    if (call.kind === "query") return await embedOnce(batch, call)
    return await blameText(
      (options) => embedOnce(batch, call, options),
      (options) => embedOnce([{ text: PROBE }], call, options),
    )
  }

  async function embedAll(texts: readonly Omit<Item, "position">[], call: EmbedOptions): Promise<PassageVectors[]> {
    const vectors = new Array<PassageVectors>(texts.length)
    const batches = pieceOut(texts)
    const pool = pools[priorityOf(call.kind)]
    if (texts.length > TEXTS_FOR_ANOTHER_PROCESS) pool.grow()
    let failure: unknown
    const run = async (batch: readonly Item[]): Promise<void> => {
      if (failure !== undefined) throw failure // The call has failed: the rest of it would be for nothing.
      passages.concurrency = pools.ingestion.size
      try {
        const found = await embedBatch(batch, call)
        for (const [place, vector] of found.entries()) vectors[batch[place]?.position ?? place] = vector
      } catch (error) {
        failure ??= error
        throw error
      }
    }
    await Promise.all(batches.map((batch) => (call.kind === "query" ? run(batch) : passages.add(() => run(batch)))))
    return vectors
  }

  async function embedItems(texts: readonly Omit<Item, "position">[], call: EmbedOptions): Promise<PassageVectors[]> {
    throwIfAborted(call.signal)
    if (texts.length === 0) return []
    // many small pieces of work wait at once, each listening
    if (call.signal !== undefined) setMaxListeners(0, call.signal)
    return await abortable(embedAll(texts, call), call.signal)
  }

  return {
    modelId: model.id,
    dimensions: model.dimensions,
    denseWeight: model.denseWeight,
    language: model.language,
    fingerprint: fingerprintOf(model),
    async embed(texts, call) {
      const prefix = call.kind === "query" ? model.queryPrefix : model.passagePrefix
      const items = texts.map((text) => ({ text: prefix + text }))
      return (await embedItems(items, call)).map(({ vector }) => vector)
    },
    embedPassages(passages, call) {
      const shift = model.passagePrefix.length
      const items = passages.map(({ text, sentences }) => ({
        text: model.passagePrefix + text,
        sentences: sentences.map(({ start, end }) => ({ start: start + shift, end: end + shift })),
      }))
      return embedItems(items, { ...call, kind: "passage" })
    },
    async dispose() {
      await Promise.all(Object.values(pools).map((pool) => pool.dispose()))
    },
  }
}

function priorityOf(kind: EmbedOptions["kind"]): Priority {
  return kind === "query" ? "question" : "ingestion"
}

/** A few texts are done before a second process is ready. */
const TEXTS_FOR_ANOTHER_PROCESS = 32
/** About 256 tokens, 25 ms: as long as a core that a question could use is taken. */
const BATCH_CHARACTERS = 1_200

/** A text that any model embeds. */
const PROBE = "A short text."

interface Item {
  readonly position: number
  readonly text: string
  /** Where the vectors of sentences are wanted. */
  readonly sentences?: readonly Range[]
}

/**
 * Small pieces of work, longest first, so that the processes end together. The child runs the texts one at a time, so
 * a piece need not be of equal length; it only saves messages for short texts.
 */
function pieceOut(texts: readonly Omit<Item, "position">[]): Item[][] {
  const items = texts.map((item, position) => ({ ...item, position })).sort((a, b) => b.text.length - a.text.length)
  const batches: Item[][] = []
  let characters = Number.POSITIVE_INFINITY
  for (const item of items) {
    if (characters + item.text.length > BATCH_CHARACTERS) {
      batches.push([])
      characters = 0
    }
    batches.at(-1)?.push(item)
    characters += item.text.length
  }
  return batches
}

function fingerprintOf(model: EmbedderModel): string {
  const { id, pooling, queryPrefix, passagePrefix, maxTokens } = model
  return sha256(JSON.stringify([id, model.sha256, "q8", pooling, queryPrefix, passagePrefix, maxTokens]))
}

function checked(vectors: readonly Float32Array[], expected: number, model: EmbedderModel): readonly Float32Array[] {
  if (vectors.length !== expected) throw modelDamaged(model.id, "it gives no vector for a text")
  for (const vector of vectors) {
    if (vector.length !== model.dimensions)
      throw modelDamaged(model.id, `its vectors do not have ${model.dimensions} numbers`)
    const square = vector.reduce((sum, value) => sum + value * value, 0)
    if (!(Math.abs(square - 1) < 1e-3)) throw modelDamaged(model.id, "its vectors are not finite or zero")
  }
  return vectors
}
