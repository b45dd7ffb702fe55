/**
 * What stands before the program in a checkout: `start` prepares what is missing and serves, `ibid …` builds where the
 * sources are newer and runs a command, `build` does that alone, `slim` removes what this platform never loads.
 */
import { existsSync, readdirSync, rmSync, statfsSync } from "node:fs"
import { freemem } from "node:os"
import { join } from "node:path"
import { build } from "./build.ts"
import { pullProgressLine } from "./cli/pull-progress.ts"
import { createStatusLine, note } from "./cli/terminal.ts"
import { loadConfig } from "./config.ts"
import { toIbidError } from "./core/errors.ts"
import { packageRoot } from "./core/package-root.ts"
import { findModel, loadCatalogue } from "./engine/models/catalogue.ts"
import { pullModel } from "./engine/models/pull.ts"
import { chooseFirstGenerator, needsGenerator } from "./engine/models/store.ts"
import { launch } from "./launch.ts"

async function main([task, ...args]: readonly string[]): Promise<number> {
  switch (task) {
    case "start":
      slim()
      await build(noteBuilding)
      await prepareModel()
      return await runCli(["serve", "--sample", ...args])
    case "ibid":
      await build(noteBuilding)
      return await runCli(args)
    case "build":
      await build()
      return 0
    case "slim":
      slim()
      return 0
    default:
      note("usage: setup start | ibid <command> | build | slim")
      return 2
  }
}

/** Removes binaries of other platforms and the sources of llama.cpp: about 280 MB that are never loaded here. */
function slim(): void {
  const modules = join(packageRoot, "node_modules")
  const unwanted = [join(modules, "node-llama-cpp", "llama", "gitRelease.bundle")]
  for (const binaries of foldersIn(join(modules, "onnxruntime-node", "bin"))) {
    for (const platform of foldersIn(binaries)) {
      if (!platform.endsWith(`/${process.platform}`)) unwanted.push(platform)
      else unwanted.push(...foldersIn(platform).filter((folder) => !folder.endsWith(`/${process.arch}`)))
    }
  }
  for (const path of unwanted) rmSync(path, { recursive: true, force: true })
}

function noteBuilding(): void {
  note("Building")
}

/** Pulls a language model when none was chosen and none is there. Without one Ibid answers in quotes. */
async function prepareModel(): Promise<void> {
  const { config } = loadConfig({ environment: process.env })
  const catalogue = loadCatalogue()
  const named = catalogue.generators.some((model) => model.id === config.generator)
  if (!named && (config.generator !== "auto" || !needsGenerator(catalogue, config.models))) return
  const { bavail, bsize } = statfsSync(packageRoot)
  const model = named
    ? findModel(catalogue.generators, config.generator)
    : chooseFirstGenerator(catalogue, { freeMemoryBytes: freemem(), freeDiskBytes: bavail * bsize })
  if (existsSync(join(config.models, model.file))) return
  const megabytes = Math.round(model.bytes / 1e6)
  note(`Set-up: pulling the language model ${model.id} (${megabytes} MB), the one step that uses the network`)
  note("  (IBID_GENERATOR=none skips it; answers are quotes then)")
  const status = createStatusLine()
  const stop = new AbortController()
  process.once("SIGINT", () => stop.abort())
  try {
    await pullModel(model, {
      folder: config.models,
      environment: process.env,
      signal: stop.signal,
      onProgress: (progress) => status.show(`  ${pullProgressLine(progress)}`),
      onNote: (line) => {
        status.end()
        note(`  ${line}`)
      },
    })
    status.end()
    note("  in place, its SHA-256 is the published one")
  } catch (thrown) {
    status.end()
    const error = toIbidError(thrown)
    if (error.code === "cancelled") throw error
    note(`  ${error.message}`)
    note("  Going on without a language model: answers are quotes")
  }
}

/** Hands over to the program; signals reach it too, and its exit code is ours. */
async function runCli(args: readonly string[]): Promise<number> {
  const child = launch(args, { stdio: "inherit", environment: process.env })
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal))
  return await new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)))
  })
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const error = toIbidError(thrown)
  note(`ibid: ${error.code === "internal" && thrown instanceof Error ? thrown.message : error.message}`)
  process.exitCode = error.code === "cancelled" ? 130 : 1
}
