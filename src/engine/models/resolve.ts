import { existsSync, readFileSync } from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import { IbidError } from "../../core/errors.ts"
import { type Catalogue, type CatalogueGenerator, findModel } from "./catalogue.ts"

/** Which generator a setting means. */
export type ResolvedGenerator =
  | { readonly type: "none" }
  | { readonly type: "llama"; readonly id: string; readonly file: string; readonly roles: CatalogueGenerator["roles"] }
  | { readonly type: "openai"; readonly baseUrl: string; readonly model: string }

/** Where `ibid models use` keeps its choice, within the folder of models. */
export const SELECTED = "selected.json"

/**
 * Resolves `auto`, `none`, a catalogue id, the path of a GGUF file or `openai:<base url>#<model>`. `auto` takes what
 * `ibid models use` chose, else the default, else any installed model that has earned the role of writer, else none. A
 * model that is named and not there throws `model-missing`.
 */
export function resolveGenerator(setting: string, modelsFolder: string, catalogue: Catalogue): ResolvedGenerator {
  if (setting === "none") return { type: "none" }
  if (setting.startsWith("openai:")) return resolveServer(setting)
  if (setting === "auto") return resolveAuto(modelsFolder, catalogue)
  if (setting.endsWith(".gguf") || isAbsolute(setting)) {
    const file = resolve(setting)
    if (!existsSync(file)) {
      throw new IbidError(
        "model-missing",
        "Cannot use the language model: there is no file at the path in IBID_GENERATOR",
      )
    }
    const name = file.split("/").at(-1) ?? file
    return { type: "llama", id: name.replace(/\.gguf$/, ""), file, roles: null }
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

/** The id that `ibid models use` has stored, or null. */
export function selectedGenerator(modelsFolder: string): string | null {
  const file = join(modelsFolder, SELECTED)
  if (!existsSync(file)) return null
  const content: unknown = JSON.parse(readFileSync(file, "utf8"))
  return typeof content === "object" && content !== null && "generator" in content ? String(content.generator) : null
}

function resolveAuto(modelsFolder: string, catalogue: Catalogue): ResolvedGenerator {
  const selected = selectedGenerator(modelsFolder)
  if (selected === "none") return { type: "none" }
  if (selected !== null) return resolveGenerator(selected, modelsFolder, catalogue)
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
  return existsSync(file) ? { type: "llama", id: model.id, file, roles: model.roles } : undefined
}

function resolveServer(setting: string): ResolvedGenerator {
  const [, address, model] = /^openai:(.+?)#(.+)$/.exec(setting) ?? []
  if (address === undefined || model === undefined || !URL.canParse(address)) {
    throw new IbidError(
      "invalid-request",
      "Cannot use the language model: IBID_GENERATOR is not of the form openai:<base url>#<model>",
    )
  }
  return { type: "openai", baseUrl: address, model }
}
