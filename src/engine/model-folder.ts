import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { IbidError } from "../core/errors.ts"

/** What an ONNX folder of a hub's form has to hold besides its weights. */
export const MODEL_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json"] as const
/** Of one byte a number, and of four. */
export type WeightsFile = "onnx/model_quantized.onnx" | "onnx/model.onnx"

const BUNDLED_WEIGHTS: WeightsFile = "onnx/model_quantized.onnx"

export interface ModelFolder {
  readonly modelId: string
  /** Absolute path. */
  readonly folder: string
  /** Of the ONNX file, 64 hexadecimal digits; null means that it is not known and not compared. */
  readonly sha256: string | null
}

/** A folder that the settings name: nobody has published what it has to hold. */
export interface OwnModelFolder extends Pick<ModelFolder, "modelId" | "folder"> {
  readonly weights: WeightsFile
}

/** Throws `model-missing` when a file is not there, `model-damaged` when the ONNX file is not the one expected. */
export async function checkModelFolder({ modelId, folder, sha256 }: ModelFolder): Promise<void> {
  const missing = [...MODEL_FILES, BUNDLED_WEIGHTS].find((file) => !existsSync(join(folder, file)))
  if (missing !== undefined) {
    throw new IbidError(
      "model-missing",
      `Cannot load the model "${modelId}": ${missing} is not there; bring it with: ibid models import PATH`,
      { context: { model: modelId } },
    )
  }
  if (sha256 === null) return
  const found = createHash("sha256")
    .update(await readFile(join(folder, BUNDLED_WEIGHTS)))
    .digest("hex")
  if (found !== sha256.toLowerCase())
    throw modelDamaged(modelId, `${BUNDLED_WEIGHTS} has another SHA-256 than expected`)
}

export function modelDamaged(modelId: string, state: string, cause?: unknown): IbidError {
  const message = `Cannot load the model "${modelId}": ${state}; bring it again with: ibid models import PATH`
  return new IbidError("model-damaged", message, { context: { model: modelId }, cause })
}

/** For a folder that the settings name. */
export function ownModelDamaged(modelId: string, state: string, cause?: unknown): IbidError {
  return new IbidError("model-damaged", `Cannot use the model "${modelId}": ${state}`, {
    context: { model: modelId },
    cause,
  })
}
