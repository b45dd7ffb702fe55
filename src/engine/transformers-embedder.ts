import { IbidError, throwIfAborted } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { Embedder, EmbedOptions } from "../core/ports.ts"
import type { Log } from "../core/types.ts"
import type { Limiter } from "./limiter.ts"
import { createModelProcess, type ModelProcess } from "./model-process.ts"
import type { LoadMessage } from "./transformers-child.ts"

export interface EmbedderModel {
  readonly id: string
  readonly dimensions: number
  readonly pooling: "mean" | "cls"
  readonly queryPrefix: string
  readonly passagePrefix: string
  /** Longer texts are cut. */
  readonly maxTokens: number
  readonly denseWeight: number
  /** Of the ONNX file; null where it is not known. */
  readonly sha256: string | null
}

export interface EmbedderOptions {
  /** Absolute path of the model's folder. */
  readonly folder: string
  readonly model: EmbedderModel
  readonly limiter: Limiter
  /** Child processes at most, one thread each. */
  readonly processes: number
  readonly log: Log
}

/**
 * Texts of one call to the model. They are sorted by length first, so padding costs little; more than a few bring
 * nothing on a CPU and make a question wait longer.
 */
const BATCH_CHARACTERS = 3_000
const BATCH_TEXTS = 16
/** Fewer texts than this are not worth a second process. */
const TEXTS_PER_PROCESS = 24

/** The embedder on transformers.js, int8, in child processes of one thread each. Nothing is fetched. */
export function createTransformersEmbedder(options: EmbedderOptions): Embedder {
  const { model, limiter, log } = options
  const load: LoadMessage = { folder: options.folder, modelId: model.id, sha256: model.sha256 }
  const processes: ModelProcess[] = []

  const leastBusy = (texts: number): ModelProcess => {
    const idle = processes.find((process) => process.pending === 0)
    if (idle !== undefined) return idle
    if (processes.length === 0 || (processes.length < options.processes && texts >= TEXTS_PER_PROCESS)) {
      const started = createModelProcess("transformers-child", load, log)
      processes.push(started)
      return started
    }
    return processes.reduce((least, process) => (process.pending < least.pending ? process : least))
  }

  const embedBatch = async (texts: readonly string[], all: number, embedOptions: EmbedOptions) => {
    const { kind, signal } = embedOptions
    const priority = kind === "query" ? "question" : "ingestion"
    const request = { wanted: 1, priority, ...(signal === undefined ? {} : { signal }) } as const
    return await limiter.run(request, async () => {
      const { pooling, maxTokens } = model
      const vectors = await leastBusy(all).request({ type: "embed", texts, pooling, maxTokens })
      return checkVectors(vectors, texts.length, model)
    })
  }

  return {
    modelId: model.id,
    dimensions: model.dimensions,
    denseWeight: model.denseWeight,
    fingerprint: sha256(
      JSON.stringify([model.id, model.sha256, "q8", model.pooling, model.queryPrefix, model.passagePrefix, model.maxTokens]),
    ),
    embed: async (texts, embedOptions) => {
      throwIfAborted(embedOptions.signal)
      const prefix = embedOptions.kind === "query" ? model.queryPrefix : model.passagePrefix
      const batches = batchesByLength(texts.map((text) => prefix + text))
      const vectors: Float32Array[] = []
      await Promise.all(
        batches.map(async (batch) => {
          const part = await embedBatch(
            batch.map((item) => item.text),
            texts.length,
            embedOptions,
          )
          for (const [place, { position }] of batch.entries()) vectors[position] = part[place] ?? new Float32Array()
        }),
      )
      return vectors
    },
    dispose: async () => {
      await Promise.all(processes.map((process) => process.dispose()))
    },
  }
}

interface Item {
  readonly position: number
  readonly text: string
}

/** Longest first, so that the last batches to end are short ones. */
function batchesByLength(texts: readonly string[]): Item[][] {
  const items = texts.map((text, position) => ({ position, text })).sort((a, b) => b.text.length - a.text.length)
  const batches: Item[][] = []
  let batch: Item[] = []
  for (const item of items) {
    const longest = batch[0]?.text.length ?? 0
    if (batch.length > 0 && (batch.length === BATCH_TEXTS || longest * (batch.length + 1) > BATCH_CHARACTERS)) {
      batches.push(batch)
      batch = []
    }
    batch.push(item)
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

function checkVectors(vectors: unknown, expected: number, model: EmbedderModel): Float32Array[] {
  if (!Array.isArray(vectors) || vectors.length !== expected) throw damaged(model, "it returned too few vectors")
  for (const vector of vectors) {
    if (!(vector instanceof Float32Array) || vector.length !== model.dimensions) {
      throw damaged(model, `its vectors do not have ${model.dimensions} dimensions`)
    }
    const square = vector.reduce((sum, component) => sum + component * component, 0)
    if (!(Math.abs(square - 1) < 1e-3)) throw damaged(model, "its vectors are not usable")
  }
  return vectors
}

function damaged(model: EmbedderModel, state: string): IbidError {
  return new IbidError("model-damaged", `Cannot embed with ${model.id}: ${state}`)
}
