import { resolve } from "node:path"
import { ocrLanguagesOf } from "../config.ts"
import type { ModelListing } from "../core/models.ts"
import type { CollectionLora } from "../core/ports.ts"
import { findModel, loadCatalogue, type PullableModel } from "../engine/models/catalogue.ts"
import { importModels } from "../engine/models/import.ts"
import { createLoraStore } from "../engine/models/lora-store.ts"
import { pullModel } from "../engine/models/pull.ts"
import { listModels, useModel, verifyModels } from "../engine/models/store.ts"
import type { CommandContext } from "./context.ts"
import { pullProgressLine } from "./pull-progress.ts"
import { createStatusLine, note, print, printJson, table } from "./terminal.ts"

interface Options {
  readonly json?: boolean
}

/** The catalogue: what is installed, in use, its licence, openness and the roles that it has earned; the adapters. */
export async function listModelsCommand(options: Options, { loaded: { config } }: CommandContext): Promise<number> {
  const { generator, embedder, reader, nli } = config
  const settings = { generator, embedder, reader, nli, ocrLanguages: ocrLanguagesOf(config) }
  const models = await listModels(loadCatalogue(), config.models, settings)
  const adapters = createLoraStore(config.data).list()
  if (options.json === true) {
    printJson({ data: models, hasMore: false, cursor: null, adapters })
    return 0
  }
  const rows = models.map((model) => [
    ...[model.inUse ? "*" : " ", model.id, model.kind, model.installed ? "installed" : "-"],
    ...[`${Math.round(model.bytes / 1e6)} MB`, model.licence, model.openness],
    describeRoles(model),
  ])
  print(table([["", "ID", "KIND", "STATE", "SIZE", "LICENCE", "OPENNESS", "ROLES"], ...rows]))
  for (const adapter of adapters) print(describeAdapter(adapter))
  return 0
}

/** One line: whose adapter it is, its hash, and the model that it was made for. */
export function describeAdapter({ collection, name, sha256, scale, model }: CollectionLora): string {
  return `adapter of ${collection}: ${name}, SHA-256 ${sha256}, scale ${scale}, for ${model}`
}

function describeRoles({ kind, roles, rolesFrom }: ModelListing): string {
  if (kind !== "generator") return ""
  if (roles === null) return rolesFrom === "changed" ? "lost: the weights have changed" : "not measured"
  return `${roles.join(", ") || "none earned"}${rolesFrom === "calibration" ? " (measured here)" : ""}`
}

/** Fetches a model from its sources in order; one of the few commands that connect to the outside. */
export async function pullModelCommand(id: string, options: Options, context: CommandContext): Promise<number> {
  const { generators, ocrLanguages } = loadCatalogue()
  const model = findModel<PullableModel>([...generators, ...ocrLanguages], id)
  const status = createStatusLine()
  const path = await pullModel(model, {
    folder: context.loaded.config.models,
    environment: context.environment,
    signal: context.signal,
    onProgress: (progress) => {
      if (options.json === true) printJson({ event: "progress", ...progress })
      else status.show(pullProgressLine(progress))
    },
    onNote: (line) => {
      status.end()
      note(line)
    },
  })
  status.end()
  if (options.json === true) printJson({ event: "model-pulled", id, path, sha256: model.sha256 })
  else print(`${id} is in place, its SHA-256 is the published one`)
  return 0
}

export async function importModelCommand(path: string, options: Options, context: CommandContext): Promise<number> {
  const imported = await importModels(resolve(path), loadCatalogue(), context.loaded.config.models, context.signal)
  if (options.json === true) printJson({ data: imported })
  else for (const { id, file } of imported) print(`imported ${file} (${id})`)
  return 0
}

/** Hashes every installed file; exit code 1 when one is damaged or missing. */
export async function verifyModelsCommand(options: Options, context: CommandContext): Promise<number> {
  const checks = await verifyModels(loadCatalogue(), context.loaded.config.models, context.signal)
  if (options.json === true) printJson({ data: checks })
  else print(table(checks.map(({ state, id, file }) => [state, id, file])))
  return checks.every((check) => check.state === "ok") ? 0 : 1
}

/** Chooses the generator that `auto` takes; `none` for quotes alone. */
export async function useModelCommand(id: string, options: Options, context: CommandContext): Promise<number> {
  await useModel(id, loadCatalogue(), context.loaded.config.models)
  if (options.json === true) printJson({ generator: id })
  else print(`${id} is in use from the next start on`)
  return 0
}
