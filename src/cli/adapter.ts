import { toCollectionId } from "../db/collections.ts"
import { loadCatalogue } from "../engine/models/catalogue.ts"
import { createLoraStore } from "../engine/models/lora-store.ts"
import { resolveGenerator } from "../engine/models/resolve.ts"
import type { CommandContext } from "./context.ts"
import { describeAdapter } from "./models.ts"
import { print, printJson } from "./terminal.ts"

interface Options {
  readonly scale: number
  readonly remove?: boolean
  readonly json?: boolean
}

/**
 * Gives a collection a LoRA adapter for the language model in use, shows the one it has, or takes it away. A running
 * server sees it with the next question.
 */
export async function adapterCommand(
  name: string,
  path: string | undefined,
  { scale, remove, json }: Options,
  { loaded: { config }, signal }: CommandContext,
): Promise<number> {
  const collection = toCollectionId(name)
  const store = createLoraStore(config.data)
  if (remove === true) {
    await store.remove(collection)
    if (json === true) printJson({ collection, removed: true })
    else print(`${collection} has no adapter any more`)
    return 0
  }
  if (path !== undefined) {
    const generator = resolveGenerator(config.generator, config.models, loadCatalogue())
    await store.give(collection, path, { scale, generator, signal })
  }
  const adapter = store.of(collection)
  if (json === true) printJson(adapter)
  else print(adapter === null ? `${collection} has no adapter` : describeAdapter(adapter))
  return 0
}
