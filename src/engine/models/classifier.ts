import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs"
import { basename, isAbsolute, join, resolve } from "node:path"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import { MODEL_FILES, ownModelDamaged, type WeightsFile } from "../model-folder.ts"
import { hashFile } from "./files.ts"

/** A folder with a model that gives logits for a pair of texts, as hubs hold them for transformers.js. */
export interface ClassifierFolder {
  /** Name of the folder and the beginning of its hash: `ms-marco-MiniLM-L-6-v2@1a2b3c4d`. */
  readonly id: string
  /** Absolute path. */
  readonly folder: string
  readonly weights: WeightsFile
  readonly bytes: number
  /** Of the weights as they are. */
  readonly sha256: string
  /** Names of the logits, in their order, as the model calls them. */
  readonly labels: readonly string[]
  /** Of a pair, special tokens included. */
  readonly maxTokens: number
}

/** The smaller one first: on a processor it is several times as fast. */
const WEIGHTS: readonly WeightsFile[] = ["onnx/model_quantized.onnx", "onnx/model.onnx"]
/** Longer pairs are slow, and few models were trained with any. */
const MOST_TOKENS = 512
const FEWEST_TOKENS = 16
/** Of the id. */
const HASH_DIGITS = 8
/** Field 1 of an ONNX file, its version: a pointer of a file store, an error page or an archive begins otherwise. */
const FIRST_BYTE = 0x08

const config = z.object({
  architectures: z.array(z.string()),
  /** Absent where they are `LABEL_0`, `LABEL_1`. */
  id2label: z.record(z.string().regex(/^\d+$/), z.string()).optional(),
  num_labels: z.number().int().positive().optional(),
  max_position_embeddings: z.number().int().min(FEWEST_TOKENS).optional(),
})
/** Tokenizers without a limit state a huge number. */
const tokenizerConfig = z.object({ model_max_length: z.number().min(FEWEST_TOKENS).optional() })

/** Whether a setting that names a model means a folder. */
export function isFolderSetting(setting: string): boolean {
  return isAbsolute(setting) || /[\\/]/.test(setting)
}

/**
 * Reads what a folder says of its classifier, and hashes its weights. Throws `model-missing` where it or one of its files
 * is not there, `model-damaged` for what is no classifier of pairs; `variable` is named in the message.
 */
export async function readClassifier(setting: string, variable: string): Promise<ClassifierFolder> {
  const folder = resolve(setting)
  const name = basename(folder)
  const isThere = (file: string) => existsSync(join(folder, file))
  const weights = WEIGHTS.find(isThere)
  const missing = existsSync(folder) ? MODEL_FILES.find((file) => !isThere(file)) : "the folder"
  if (weights === undefined || missing !== undefined) {
    const state = `${missing ?? WEIGHTS.join(" or ")} is not there`
    throw new IbidError("model-missing", `Cannot use the model "${name}" of ${variable}: ${state}`, {
      context: { model: name },
    })
  }
  const stated = readJson(join(folder, "config.json"), config, name)
  const { model_max_length = MOST_TOKENS } = readJson(join(folder, "tokenizer_config.json"), tokenizerConfig, name)
  if (!stated.architectures.some((architecture) => architecture.endsWith("ForSequenceClassification"))) {
    throw ownModelDamaged(name, `its config.json names no architecture that ends with ForSequenceClassification`)
  }
  const path = join(folder, weights)
  if (firstByteOf(path) !== FIRST_BYTE) throw ownModelDamaged(name, `${weights} is not an ONNX file`)
  const sha256 = await hashFile(path)
  return {
    id: `${name}@${sha256.slice(0, HASH_DIGITS)}`,
    ...{ folder, weights, bytes: statSync(path).size, sha256, labels: labelsOf(stated) },
    maxTokens: Math.min(MOST_TOKENS, model_max_length, stated.max_position_embeddings ?? MOST_TOKENS),
  }
}

function labelsOf({ id2label, num_labels }: z.infer<typeof config>): string[] {
  if (id2label === undefined) return Array.from({ length: num_labels ?? 2 }, (_, place) => `LABEL_${place}`)
  return Object.entries(id2label)
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, label]) => label)
}

function readJson<Schema extends z.ZodType>(path: string, schema: Schema, name: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")))
  } catch (cause) {
    throw ownModelDamaged(name, `its ${basename(path)} cannot be read`, cause)
  }
}

function firstByteOf(path: string): number | undefined {
  const descriptor = openSync(path, "r")
  try {
    const head = Buffer.alloc(1)
    return readSync(descriptor, head, 0, 1, 0) === 1 ? head[0] : undefined
  } finally {
    closeSync(descriptor)
  }
}
