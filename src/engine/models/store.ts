import { existsSync } from "node:fs"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { IbidError } from "../../core/errors.ts"
import type { ModelListing } from "../../core/models.ts"
import { packageRoot } from "../../core/package-root.ts"
import { namesOfRoles } from "../../core/roles.ts"
import { type Catalogue, type CatalogueGenerator, type CatalogueOcrLanguage, findModel } from "./catalogue.ts"
import type { ClassifierFolder } from "./classifier.ts"
import { hashFile, putIntoPlace, sizeOf } from "./files.ts"
import { type ResolvedGenerator, resolveGenerator, SELECTED, selectedGenerator } from "./resolve.ts"
import { resolveEntailment } from "./resolve-entailment.ts"
import { resolveReader } from "./resolve-reader.ts"
import { rolesInForce } from "./roles.ts"

export interface ModelCheck {
  readonly id: string
  readonly file: string
  readonly state: "ok" | "damaged" | "missing"
}

export interface ModelSettings {
  readonly generator: string
  readonly embedder: string
  readonly reader: string
  readonly nli: string
  readonly ocrLanguages: readonly string[]
}

/** All models of the catalogue with what is installed of them, and those in use that are none of it. */
export async function listModels(
  catalogue: Catalogue,
  modelsFolder: string,
  settings: ModelSettings,
): Promise<ModelListing[]> {
  const inForce = generatorInForce(catalogue, modelsFolder, settings.generator)
  const reader = await orNull(resolveReader(settings.reader, catalogue))
  const listFile = ({ id, bytes, licence, openness, file }: CatalogueGenerator | CatalogueOcrLanguage) => ({
    ...{ id, bytes, licence, openness, installed: sizeOf(join(modelsFolder, file)) === bytes },
  })
  const generators: ModelListing[] = []
  for (const model of catalogue.generators) {
    const earned = existsSync(join(modelsFolder, model.file))
      ? await earnedRoles(resolveGenerator(model.id, modelsFolder, catalogue), modelsFolder, catalogue)
      : { roles: model.roles, rolesFrom: model.roles === null ? ("not-measured" as const) : ("catalogue" as const) }
    generators.push({ ...listFile(model), kind: "generator", inUse: model.id === inForce?.id, ...earned })
  }
  if (inForce !== null && generators.every(({ id }) => id !== inForce.id)) {
    const { id, bytes, resolved } = inForce
    const facts = { id, bytes, kind: "generator", installed: true, inUse: true, licence: "-", openness: "-" } as const
    generators.push({ ...facts, ...(await earnedRoles(resolved, modelsFolder, catalogue)) })
  }
  const languages = catalogue.ocrLanguages.map((model) => ({
    ...listFile(model),
    ...({ kind: "ocr", inUse: settings.ocrLanguages.includes(model.language), roles: null, rolesFrom: null } as const),
  }))
  const folders = [
    ...catalogue.embedders.map((model) => ({
      model,
      kind: "embedder" as const,
      inUse: model.id === settings.embedder,
    })),
    ...catalogue.readers.map((model) => ({
      model,
      kind: "reader" as const,
      inUse: reader?.type === "catalogue" && model.id === reader.model.id,
    })),
  ].map(({ model, kind, inUse }) => ({
    ...{ id: model.id, kind, licence: model.licence, openness: model.openness, inUse, roles: null, rolesFrom: null },
    bytes: model.files.reduce((sum, file) => sum + file.bytes, 0),
    installed: model.files.every(
      (file) => sizeOf(join(bundledFolder(modelsFolder, model.folder), file.path)) === file.bytes,
    ),
  }))
  const entailment = await orNull(resolveEntailment(settings.nli))
  const own = [
    ...(reader?.type === "cross-encoder" ? [listOwn(reader.model, "reader")] : []),
    ...(entailment === null ? [] : [listOwn(entailment, "nli")]),
  ]
  return [...generators, ...folders, ...own, ...languages]
}

function listOwn({ id, bytes }: ClassifierFolder, kind: ModelListing["kind"]): ModelListing {
  const unknown = { licence: "-", openness: "-", roles: null, rolesFrom: null }
  return { id, kind, installed: true, inUse: true, bytes, ...unknown }
}

/** Null where a model that is named cannot be used: this list is the way to see that. */
async function orNull<Found>(finding: Promise<Found>): Promise<Found | null> {
  try {
    return await finding
  } catch (thrown) {
    if (thrown instanceof IbidError) return null
    throw thrown
  }
}

/** Hashes every installed file; a model of which nothing is there is left out, one of which a part is there is missing it. */
export async function verifyModels(
  catalogue: Catalogue,
  modelsFolder: string,
  signal?: AbortSignal,
): Promise<ModelCheck[]> {
  const checks: ModelCheck[] = []
  const check = async (id: string, file: string, sha256: string, path = join(modelsFolder, file)): Promise<void> => {
    const found = existsSync(path) ? await hashFile(path, signal) : undefined
    checks.push({ id, file, state: found === undefined ? "missing" : found === sha256 ? "ok" : "damaged" })
  }
  for (const { id, file, sha256 } of [...catalogue.generators, ...catalogue.ocrLanguages]) {
    if (existsSync(join(modelsFolder, file))) await check(id, file, sha256)
  }
  for (const { id, folder, files } of [...catalogue.embedders, ...catalogue.readers]) {
    const found = bundledFolder(modelsFolder, folder)
    if (!existsSync(found)) continue
    for (const { path, sha256 } of files) await check(id, join(folder, path), sha256, join(found, path))
  }
  return checks
}

/**
 * Stores which generator `auto` takes: a catalogue id, the path of a GGUF file, `openai:…`, `none` for quotes alone, or
 * `auto` to forget the choice. Throws `model-not-found`, `model-missing`, `model-damaged`.
 */
export async function useModel(id: string, catalogue: Catalogue, modelsFolder: string): Promise<void> {
  const file = join(modelsFolder, SELECTED)
  if (id === "auto") return await rm(file, { force: true })
  const resolved = resolveGenerator(id, modelsFolder, catalogue)
  // A path is stored whole: the next start may come from another folder.
  const generator = resolved.type === "llama" && resolved.sha256 === null ? resolved.file : id
  await mkdir(modelsFolder, { recursive: true })
  await writeFile(`${file}.part`, `${JSON.stringify({ generator })}\n`)
  await putIntoPlace(`${file}.part`, file)
}

/** The generator that the setting means, or null: also where the choice is broken or gone, because this is the way to see that. */
function generatorInForce(catalogue: Catalogue, modelsFolder: string, setting: string) {
  try {
    const resolved = resolveGenerator(setting, modelsFolder, catalogue)
    if (resolved.type === "none") return null
    const isFile = resolved.type === "llama"
    return { id: isFile ? resolved.id : resolved.model, bytes: isFile ? sizeOf(resolved.file) : 0, resolved }
  } catch (thrown) {
    if (thrown instanceof IbidError) return null
    throw thrown
  }
}

async function earnedRoles(
  resolved: ResolvedGenerator,
  modelsFolder: string,
  catalogue: Catalogue,
): Promise<Pick<ModelListing, "roles" | "rolesFrom">> {
  if (resolved.type === "none") return { roles: null, rolesFrom: null }
  const { held, from } = await rolesInForce(resolved, modelsFolder, catalogue)
  const isMeasured = from === "calibration" || from === "catalogue"
  return { roles: isMeasured ? namesOfRoles(held) : null, rolesFrom: from }
}

/** A bundled model's folder: the one in the folder of models, else the one that came with the program. */
function bundledFolder(modelsFolder: string, name: string): string {
  const own = join(modelsFolder, name)
  return existsSync(own) ? own : join(packageRoot, "data", "models", name)
}

const ROOMY_MEMORY_BYTES = 2.5e9

/** The generator that the first start pulls: the default, or the smallest where memory or disk is short. */
export function chooseFirstGenerator(
  catalogue: Catalogue,
  machine: { readonly freeMemoryBytes: number; readonly freeDiskBytes: number },
): CatalogueGenerator {
  const first = findModel(catalogue.generators, catalogue.defaultGenerator)
  // while it is put together from parts, parts and whole stand on the disk
  const isRoomy = machine.freeMemoryBytes >= ROOMY_MEMORY_BYTES && machine.freeDiskBytes >= 3 * first.bytes
  return isRoomy ? first : findModel(catalogue.generators, catalogue.smallestGenerator)
}

/** Whether the first start has to pull: nothing was chosen and no generator of the catalogue is there. */
export function needsGenerator(catalogue: Catalogue, modelsFolder: string): boolean {
  if (selectedGenerator(modelsFolder) !== null) return false
  return resolveGenerator("auto", modelsFolder, catalogue).type === "none"
}
