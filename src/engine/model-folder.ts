import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { IbidError } from "../core/errors.ts"

/** What a sentence-transformers-type ONNX folder has to hold, dtype q8. */
const FILES = ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model_quantized.onnx"] as const

const ONNX_FILE: (typeof FILES)[number] = "onnx/model_quantized.onnx"

export interface ModelFolder {
  readonly modelId: string
  /** Absolute path. */
  readonly folder: string
  /** Of the ONNX file, 64 hexadecimal digits; null means that it is not known and not compared. */
  readonly sha256: string | null
}

/** Throws `model-missing` when a file is not there, `model-damaged` when the ONNX file is not the one expected. */
export async function checkModelFolder({ modelId, folder, sha256 }: ModelFolder): Promise<void> {
  const missing = FILES.find((file) => !existsSync(join(folder, file)))
  if (missing !== undefined) {
    throw new IbidError(
      "model-missing",
      `Cannot load the model "${modelId}": ${missing} is not there; bring it with: ibid models import PATH`,
      { context: { model: modelId } },
    )
  }
  if (sha256 === null) return
  const found = createHash("sha256")
    .update(await readFile(join(folder, ONNX_FILE)))
    .digest("hex")
  if (found !== sha256.toLowerCase()) throw modelDamaged(modelId, `${ONNX_FILE} has another SHA-256 than expected`)
}

export function modelDamaged(modelId: string, state: string, cause?: unknown): IbidError {
  const message = `Cannot load the model "${modelId}": ${state}; bring it again with: ibid models import PATH`
  return new IbidError("model-damaged", message, { context: { model: modelId }, cause })
}
