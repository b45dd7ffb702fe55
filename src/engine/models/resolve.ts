import { existsSync, readFileSync, statSync } from "node:fs"
import { basename, isAbsolute, join, resolve } from "node:path"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import { type Catalogue, type CatalogueGenerator, findModel } from "./catalogue.ts"
import { checkGguf } from "./gguf.ts"

/** Which generator a setting means. */
export type ResolvedGenerator =
  | { readonly type: "none" }
  | {
      readonly type: "llama"
      readonly id: string
      /** Absolute path. */
      readonly file: string
      /** Null: not measured. */
      readonly roles: CatalogueGenerator["roles"]
      /** The published SHA-256; null for a file that is not of the catalogue. */
      readonly sha256: string | null
    }
  | { readonly type: "openai"; readonly baseUrl: string; readonly model: string }

/** Where `ibid models use` keeps its choice, within the folder of models. */
export const SELECTED = "selected.json"

/**
 * Resolves `auto`, `none`, a catalogue id, the path of a GGUF file or `openai:<base url>#<model>`. `auto` takes what
 * `ibid models use` chose, else the default, else an installed model that has earned the role of writer, else any that is
 * installed, else none. Throws `model-missing` for a model that is named and not there, `model-damaged` for a file that
 * is no GGUF, `model-not-found`, `invalid-request`.
 */
export function resolveGenerator(setting: string, modelsFolder: string, catalogue: Catalogue): ResolvedGenerator {
  if (setting === "none") return { type: "none" }
  if (setting.startsWith("openai:")) return resolveServer(setting)
  if (setting === "auto") return resolveAuto(modelsFolder, catalogue)
  if (setting.endsWith(".gguf") || isAbsolute(setting)) {
    const file = resolve(setting)
    if (!existsSync(file) || !statSync(file).isFile()) {
      throw new IbidError(
        "model-missing",
        "Cannot use the language model: there is no file at the path in IBID_GENERATOR",
      )
    }
    const id = basename(file, ".gguf")
    checkGguf(file, id)
    return { type: "llama", id, file, roles: null, sha256: null }
  }
  const model = findModel(catalogue.generators, setting)
  const installed = installedGenerator(model, modelsFolder)
  if (installed === undefined) {
    throw new IbidError(
      "model-missing",
      `Cannot use the model ${model.id}: it is not installed; get it with "ibid models pull ${model.id}"`,
    )
  }
  return installed
}

/** What `ibid models use` has stored, or null. Throws `model-damaged` when the file that says so is broken. */
export function selectedGenerator(modelsFolder: string): string | null {
  const file = join(modelsFolder, SELECTED)
  if (!existsSync(file)) return null
  try {
    return selection.parse(JSON.parse(readFileSync(file, "utf8"))).generator
  } catch (cause) {
    const state = `${SELECTED} in the folder of models is broken; choose anew with "ibid models use ID"`
    throw new IbidError("model-damaged", `Cannot choose a language model: ${state}`, { cause })
  }
}

const selection = z.object({ generator: z.string().min(1) })

function resolveAuto(modelsFolder: string, catalogue: Catalogue): ResolvedGenerator {
  const selected = selectedGenerator(modelsFolder)
  if (selected === "none") return { type: "none" }
  if (selected !== null && selected !== "auto") return resolveGenerator(selected, modelsFolder, catalogue)
  const byDefault = findModel(catalogue.generators, catalogue.defaultGenerator)
  const writers = catalogue.generators.filter((model) => model.roles?.includes("writer") === true)
  for (const model of [byDefault, ...writers, ...catalogue.generators]) {
    const installed = installedGenerator(model, modelsFolder)
    if (installed !== undefined) return installed
  }
  return { type: "none" }
}

function installedGenerator(model: CatalogueGenerator, modelsFolder: string): ResolvedGenerator | undefined {
  const file = join(modelsFolder, model.file)
  const { id, roles, sha256 } = model
  return existsSync(file) ? { type: "llama", id, file, roles, sha256 } : undefined
}

function resolveServer(setting: string): ResolvedGenerator {
  const [, address, model] = /^openai:(.+?)#(.+)$/.exec(setting) ?? []
  if (address === undefined || model === undefined || !/^https?:/.test(address) || !URL.canParse(address)) {
    throw new IbidError(
      "invalid-request",
      "Cannot use the language model: IBID_GENERATOR is not of the form openai:<base url>#<model>",
    )
  }
  return { type: "openai", baseUrl: address, model }
}
