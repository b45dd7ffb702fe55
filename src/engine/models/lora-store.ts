import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import type { CollectionLora } from "../../core/ports.ts"
import type { CollectionId } from "../../core/types.ts"
import { ADAPTERS_OF_SERVER } from "../openai-generator.ts"
import { hashFile, putIntoPlace } from "./files.ts"
import { checkLora } from "./lora.ts"
import type { ResolvedGenerator } from "./resolve.ts"

export interface LoraStore {
  /** Null where the collection has none. Throws `model-damaged` where what was stored is broken. */
  of(collection: CollectionId): CollectionLora | null
  /** By collection. */
  list(): CollectionLora[]
  /**
   * Copies an adapter for the model in use; it is in force with the next question. Throws `invalid-request` for a server,
   * a scale that is no number above 0, or an adapter of another model, `model-missing`, `model-damaged`.
   */
  give(collection: CollectionId, path: string, options: GiveOptions): Promise<CollectionLora>
  /** Throws `not-found` where the collection has none. */
  remove(collection: CollectionId): Promise<void>
  /** Removes what a collection has, where it has one: the collection goes. */
  forget(collection: CollectionId): Promise<void>
}

interface GiveOptions {
  readonly scale: number
  readonly generator: ResolvedGenerator
  readonly signal?: AbortSignal
}

/**
 * The adapters of a data folder: a file named by its hash, and a small one for each collection. They are read anew for
 * each question, so that a server need not be started anew.
 */
export function createLoraStore(dataFolder: string): LoraStore {
  const folder = join(dataFolder, "adapters")
  const entryOf = (collection: string) => join(folder, `${collection}.json`)
  const fileOf = (sha256: string) => join(folder, `${sha256}.gguf`)

  const read = (collection: CollectionId): CollectionLora | null => {
    const text = readIfThere(entryOf(collection))
    if (text === null) return null
    try {
      const entry = stored.parse(JSON.parse(text))
      return { ...entry, collection, file: fileOf(entry.sha256) }
    } catch (cause) {
      const state = `what is stored of the adapter of "${collection}" is broken; give it anew with "ibid models adapter"`
      throw new IbidError("model-damaged", `Cannot use the adapter: ${state}`, { cause })
    }
  }
  const list = (): CollectionLora[] =>
    namesIn(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .flatMap((name) => read(name.slice(0, -".json".length) as CollectionId) ?? [])

  /** A running model lets go of an adapter whose file is gone. All stay while an entry is broken: nobody knows its file. */
  const sweep = (): void => {
    let used: ReadonlySet<string>
    try {
      used = new Set(list().map(({ file }) => basename(file)))
    } catch (thrown) {
      if (thrown instanceof IbidError && thrown.code === "model-damaged") return
      throw thrown
    }
    for (const name of namesIn(folder)) if (name.endsWith(".gguf") && !used.has(name)) rmSync(join(folder, name))
  }

  const forget = async (collection: CollectionId): Promise<void> => {
    await rm(entryOf(collection), { force: true })
    sweep()
  }

  return {
    ...{ of: read, list, forget },
    async give(collection, path, { scale, generator, signal }) {
      if (!(scale > 0 && Number.isFinite(scale))) {
        throw new IbidError("invalid-request", "Cannot use the adapter: its scale is a number above 0")
      }
      checkLora(path, baseOf(generator))
      const model = baseOf(generator).id
      const sha256 = await hashFile(path, signal)
      await mkdir(folder, { recursive: true })
      const entry = { sha256, scale, model, name: basename(resolve(path)) }
      if (!existsSync(fileOf(sha256))) {
        await copyFile(path, `${fileOf(sha256)}.part`)
        await putIntoPlace(`${fileOf(sha256)}.part`, fileOf(sha256))
      }
      await writeFile(`${entryOf(collection)}.part`, `${JSON.stringify(entry)}\n`)
      await putIntoPlace(`${entryOf(collection)}.part`, entryOf(collection))
      sweep()
      return { ...entry, collection, file: fileOf(sha256) }
    },
    async remove(collection) {
      if (!existsSync(entryOf(collection))) {
        throw new IbidError("not-found", `Cannot remove the adapter: the collection "${collection}" has none`)
      }
      await forget(collection)
    },
  }
}

const stored = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scale: z.number().positive(),
  model: z.string().min(1),
  name: z.string(),
})

function baseOf(generator: ResolvedGenerator): { readonly id: string; readonly file: string } {
  switch (generator.type) {
    case "llama":
      return generator
    case "none":
      throw new IbidError("model-missing", "Cannot use the adapter: there is no language model that it could change")
    case "openai": {
      throw new IbidError("invalid-request", `Cannot use the adapter: ${ADAPTERS_OF_SERVER}`)
    }
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8")
  } catch (thrown) {
    if (isMissing(thrown)) return null
    throw thrown
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (thrown) {
    if (isMissing(thrown)) return []
    throw thrown
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT"
}
