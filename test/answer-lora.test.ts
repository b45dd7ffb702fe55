import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { toCollectionId } from "../src/db/collections.ts"
import { createLoraStore } from "../src/engine/models/lora-store.ts"
import { type AnsweringBase, openAnsweringBase } from "./support/answering-base.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"
import { writeTinyLora } from "./support/tiny-lora.ts"

const QUESTION = "How many weeks of paid leave do parents get?"
const DEFAULT = toCollectionId("default")

const folder = makeTemporaryFolder()
const generator = createFakeGenerator(["Parents get 16 weeks of paid leave."])
let base: AnsweringBase
beforeAll(async () => {
  base = await openAnsweringBase(folder.path, { generator })
  writeTinyGguf(join(folder.path, "tiny.gguf"))
  writeTinyLora(join(folder.path, "own.gguf"), { deviation: 1 })
}, 60_000)
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

async function give(model = generator.modelId, collection = DEFAULT) {
  const resolved = {
    type: "llama",
    id: model,
    file: join(folder.path, "tiny.gguf"),
    roles: null,
    sha256: null,
  } as const
  return await createLoraStore(base.data).give(collection, join(folder.path, "own.gguf"), {
    scale: 1,
    generator: resolved,
  })
}

test("an answer from the one collection that has an adapter is written with it; the receipt names it, a replay compares it", async () => {
  const bare = await base.ask(QUESTION)
  const lora = await give()
  const adapted = await base.ask({ question: QUESTION, collections: [DEFAULT] })
  expect(generator.adapters).toEqual([null, lora])
  const adapterOf = async (id: string) => (await base.kb.getAnswer(id, { principal: ADMIN })).models.generator?.adapter
  expect(await adapterOf(bare.id)).toBeUndefined()
  expect(await adapterOf(adapted.id)).toEqual({ sha256: lora.sha256, scale: 1 })
  await createLoraStore(base.data).remove(DEFAULT)
  const { changes } = await base.kb.replayAnswer(adapted.id, { principal: ADMIN })
  expect(changes).toEqual([{ what: "adapter", before: `${lora.sha256} 1`, now: null }])
})

test("an answer is written without an adapter for another model, and says so", async () => {
  await give("another-model")
  const { warnings } = await base.ask(QUESTION)
  expect(generator.adapters.at(-1)).toBeNull()
  expect(warnings).toMatchObject([{ code: "adapter-unused", message: /another-model/ }])
})

test("an answer from several collections is written without an adapter", async () => {
  await give()
  await base.ingest(join(base.docs, "pump.md"))
  const call = { principal: ADMIN, collection: toCollectionId("more") }
  for await (const _ of base.kb.ingest([base.docs], call));
  await base.ask(QUESTION)
  expect(generator.adapters.at(-1)).toBeNull()
  await base.ask({ question: QUESTION, collections: [DEFAULT] })
  expect(generator.adapters.at(-1)).not.toBeNull()
})

test("a collection that is removed takes its adapter with it, a broken one too", async () => {
  const brief = toCollectionId("brief")
  const store = createLoraStore(base.data)
  const call = { principal: ADMIN }
  await give()
  await base.kb.createCollection("brief", call)
  await give(generator.modelId, brief)
  expect(store.list()).toHaveLength(2)
  await base.kb.removeCollection("brief", call)
  expect(store.list().map(({ collection }) => collection)).toEqual([DEFAULT])
  await base.kb.createCollection("brief", call)
  expect(store.of(brief)).toBeNull()
  writeFileSync(join(base.data, "adapters", "brief.json"), "{")
  await base.kb.removeCollection("brief", call)
  expect(store.list().map(({ collection }) => collection)).toEqual([DEFAULT])
})
