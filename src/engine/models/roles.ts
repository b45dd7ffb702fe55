import { existsSync, readFileSync, statSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import { sha256 as hashText } from "../../core/hash.ts"
import { type Calibration, type HeldRoles, UNMEASURED } from "../../core/roles.ts"
import type { Catalogue } from "./catalogue.ts"
import { hashFile, putIntoPlace } from "./files.ts"
import type { ResolvedGenerator } from "./resolve.ts"

/** Where `ibid models calibrate` keeps what it has measured, one file a model, within the folder of models. */
const FOLDER = "roles"

/** A generator that there is. */
export type OpenGenerator = Exclude<ResolvedGenerator, { readonly type: "none" }>

export interface RolesInForce {
  readonly held: HeldRoles
  /** `changed`: they were measured with other weights, and are lost. */
  readonly from: "calibration" | "catalogue" | "changed" | "not-measured"
  /** Of the weights, where it is known. */
  readonly sha256: string | null
  /** ISO 8601; null unless they come from a calibration. */
  readonly measuredAt: string | null
}

const verdictWeights = z.object({ weight: z.number(), centre: z.number(), sentenceWeight: z.number() })
const stored = z.object({
  /** The file as it was when its hash was computed; null behind a server. */
  file: z.object({ bytes: z.number(), modifiedAtMs: z.number() }).nullable(),
  calibration: z.object({
    sha256: z.string().nullable(),
    measuredAt: z.string(),
    held: z.object({
      isWriter: z.boolean(),
      verifier: verdictWeights.nullable(),
      ranker: z.object({ weight: z.number() }).nullable(),
    }),
  }),
})

/**
 * The roles of a generator: those of its own calibration, as long as the weights are the ones that were measured; else
 * those of the catalogue, which were measured with the published weights. A file whose size and time are as they were has
 * the same hash; any other is hashed again.
 */
export async function rolesInForce(
  generator: OpenGenerator,
  modelsFolder: string,
  catalogue: Catalogue,
): Promise<RolesInForce> {
  const path = calibrationFile(generator, modelsFolder)
  const published = generator.type === "llama" ? generator.sha256 : null
  if (!existsSync(path)) return publishedRoles(generator, catalogue)
  const { file, calibration } = readStored(path)
  const { held, measuredAt, sha256 } = calibration
  if (generator.type === "openai") return { held, from: "calibration", sha256: null, measuredAt }
  const { bytes, modifiedAtMs } = stampOf(generator.file)
  const isUntouched = file?.bytes === bytes && file.modifiedAtMs === modifiedAtMs
  if (isUntouched || (await hashFile(generator.file)) === sha256) {
    return { held, from: "calibration", sha256, measuredAt }
  }
  return { held: UNMEASURED, from: "changed", sha256: published, measuredAt: null }
}

/** Keeps a calibration with the hash of the weights that it measured, in place of a former one. Returns the path. */
export async function saveCalibration(
  generator: OpenGenerator,
  calibration: Calibration,
  modelsFolder: string,
): Promise<string> {
  const path = calibrationFile(generator, modelsFolder)
  const file = generator.type === "llama" ? stampOf(generator.file) : null
  await mkdir(join(modelsFolder, FOLDER), { recursive: true })
  await writeFile(`${path}.part`, `${JSON.stringify({ file, calibration }, null, 1)}\n`)
  await putIntoPlace(`${path}.part`, path)
  return path
}

/** SHA-256 of the weights as they are; null behind a server. */
export async function weightsOf(generator: OpenGenerator, signal: AbortSignal): Promise<string | null> {
  return generator.type === "llama" ? await hashFile(generator.file, signal) : null
}

function publishedRoles(generator: OpenGenerator, { generators }: Catalogue): RolesInForce {
  const none: RolesInForce = { held: UNMEASURED, from: "not-measured", sha256: null, measuredAt: null }
  if (generator.type === "openai" || generator.sha256 === null) return none
  const { roles, sha256 } = generator
  if (roles === null) return { ...none, sha256 }
  const model = generators.find(({ id }) => id === generator.id)
  const held: HeldRoles = {
    isWriter: roles.includes("writer"),
    verifier: roles.includes("verifier") ? (model?.verifier ?? null) : null,
    ranker: roles.includes("ranker") ? (model?.ranker ?? null) : null,
  }
  return { held, from: "catalogue", sha256, measuredAt: null }
}

function calibrationFile(generator: OpenGenerator, modelsFolder: string): string {
  const name =
    generator.type === "llama"
      ? generator.id
      : `${generator.model}-${hashText(`${generator.baseUrl}#${generator.model}`).slice(0, 12)}`
  return join(modelsFolder, FOLDER, `${name.replace(/[^\w.-]/g, "_")}.json`)
}

function readStored(path: string): z.infer<typeof stored> {
  try {
    return stored.parse(JSON.parse(readFileSync(path, "utf8")))
  } catch (cause) {
    const state = "the file of its calibration is broken; measure anew with: ibid models calibrate ID"
    throw new IbidError("model-damaged", `Cannot tell the roles of the language model: ${state}`, { cause })
  }
}

function stampOf(path: string): { readonly bytes: number; readonly modifiedAtMs: number } {
  const { size, mtimeMs } = statSync(path)
  return { bytes: size, modifiedAtMs: mtimeMs }
}
