import { existsSync } from "node:fs"
import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Catalogue, CatalogueGenerator } from "./catalogue.ts"
import { findModel } from "./catalogue.ts"
import { hashFile, sizeOf } from "./files.ts"
import { resolveGenerator, SELECTED, selectedGenerator } from "./resolve.ts"

export interface ModelListing {
  readonly id: string
  readonly kind: "generator" | "embedder" | "reader"
  readonly installed: boolean
  /** The one that `auto` takes. */
  readonly inUse: boolean
  readonly bytes: number
  readonly licence: string
  readonly openness: string
  /** Null: not measured, or not a generator. */
  readonly roles: readonly string[] | null
}

export interface ModelCheck {
  readonly id: string
  readonly file: string
  readonly state: "ok" | "damaged" | "missing"
}

/** All models of the catalogue with what is installed of them. */
export function listModels(catalogue: Catalogue, modelsFolder: string, embedder: string): ModelListing[] {
  const resolved = resolveGenerator("auto", modelsFolder, catalogue)
  const inForce = resolved.type === "llama" ? resolved.id : null
  const generators = catalogue.generators.map((model) => ({
    ...({
      id: model.id,
      kind: "generator",
      bytes: model.bytes,
      licence: model.licence,
      openness: model.openness,
    } as const),
    installed: sizeOf(join(modelsFolder, model.file)) === model.bytes,
    inUse: model.id === inForce,
    roles: model.roles,
  }))
  const folders = [
    ...catalogue.embedders.map((model) => ({ model, kind: "embedder" as const, inUse: model.id === embedder })),
    ...catalogue.readers.map((model) => ({
      model,
      kind: "reader" as const,
      inUse: model.id === catalogue.defaultReader,
    })),
  ].map(({ model, kind, inUse }) => ({
    ...{ id: model.id, kind, licence: model.licence, openness: model.openness, inUse, roles: null },
    bytes: model.files.reduce((sum, file) => sum + file.bytes, 0),
    installed: model.files.every((file) => sizeOf(join(modelsFolder, model.folder, file.path)) === file.bytes),
  }))
  return [...generators, ...folders]
}

/** Hashes every installed file; a model of which nothing is there is left out, one of which a part is there is missing it. */
export async function verifyModels(
  catalogue: Catalogue,
  modelsFolder: string,
  signal?: AbortSignal,
): Promise<ModelCheck[]> {
  const checks: ModelCheck[] = []
  const check = async (id: string, file: string, sha256: string): Promise<void> => {
    const path = join(modelsFolder, file)
    const found = existsSync(path) ? (await hashFile(path, signal)).digest("hex") : undefined
    checks.push({ id, file, state: found === undefined ? "missing" : found === sha256 ? "ok" : "damaged" })
  }
  for (const { id, file, sha256 } of catalogue.generators) {
    if (existsSync(join(modelsFolder, file))) await check(id, file, sha256)
  }
  for (const { id, folder, files } of [...catalogue.embedders, ...catalogue.readers]) {
    if (!existsSync(join(modelsFolder, folder))) continue
    for (const { path, sha256 } of files) await check(id, join(folder, path), sha256)
  }
  return checks
}

/** Stores which generator `auto` takes; `none` answers in quotes. Throws `model-not-found`, `model-missing`. */
export async function useModel(id: string, catalogue: Catalogue, modelsFolder: string): Promise<void> {
  resolveGenerator(id, modelsFolder, catalogue)
  const file = join(modelsFolder, SELECTED)
  await mkdir(modelsFolder, { recursive: true })
  await writeFile(`${file}.tmp`, `${JSON.stringify({ generator: id })}\n`)
  await rename(`${file}.tmp`, file)
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
