import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { sha256 } from "../src/core/hash.ts"
import { toCollectionId } from "../src/db/collections.ts"
import { readGgufHeader } from "../src/engine/models/gguf-header.ts"
import { createLoraStore } from "../src/engine/models/lora-store.ts"
import type { ResolvedGenerator } from "../src/engine/models/resolve.ts"
import { makeTemporaryFolder, temporaryFolder } from "./support/folder.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"
import { type TinyLora, writeTinyLora } from "./support/tiny-lora.ts"

const LEAVE = toCollectionId("leave")
const PUMPS = toCollectionId("pumps")

const folder = makeTemporaryFolder()
const file = join(folder.path, "tiny.gguf")
const generator: ResolvedGenerator = { type: "llama", id: "tiny", file, roles: null, sha256: null }
beforeAll(() => writeTinyGguf(file))
afterAll(() => folder.remove())

function adapterFile(told: Partial<TinyLora> = {}): string {
  const path = join(temporaryFolder(), "own.gguf")
  writeTinyLora(path, { deviation: 1, ...told })
  return path
}

describe("readGgufHeader()", () => {
  test("reads values and shapes, and passes over lists", () => {
    const { values, tensors } = readGgufHeader(file)
    expect(values.get("general.architecture")).toBe("llama")
    expect(values.get("llama.block_count")).toBe(2)
    expect(values.has("tokenizer.ggml.tokens")).toBe(false)
    expect(tensors.get("blk.1.ffn_up.weight")).toEqual([128, 256])
  })

  test("throws model-damaged wherever the header ends too early", () => {
    const whole = readFileSync(adapterFile())
    const cut = join(temporaryFolder(), "cut.gguf")
    for (let length = 24; length < 400; length += 7) {
      writeFileSync(cut, whole.subarray(0, length))
      expect(() => readGgufHeader(cut)).toThrow(expect.objectContaining({ code: "model-damaged" }))
    }
  })

  test("throws model-damaged for a length that no file has", () => {
    const bytes = readFileSync(adapterFile())
    bytes.writeBigUInt64LE(2n ** 62n, 24)
    const path = join(temporaryFolder(), "long.gguf")
    writeFileSync(path, bytes)
    expect(() => readGgufHeader(path)).toThrow(expect.objectContaining({ code: "model-damaged" }))
  })
})

describe("createLoraStore()", () => {
  test("keeps an adapter by its hash, for one collection, in force with the next look", async () => {
    const data = temporaryFolder()
    const path = adapterFile()
    const given = await createLoraStore(data).give(LEAVE, path, { scale: 0.5, generator })
    expect(given).toEqual({
      ...{ collection: "leave", model: "tiny", name: "own.gguf", scale: 0.5 },
      ...{ sha256: sha256(readFileSync(path)), file: join(data, "adapters", `${given.sha256}.gguf`) },
    })
    expect(createLoraStore(data).of(LEAVE)).toEqual(given)
    expect(createLoraStore(data).of(PUMPS)).toBeNull()
    expect(createLoraStore(data).list()).toEqual([given])
    expect(readFileSync(given.file)).toEqual(readFileSync(path))
  })

  test("removes a file with the last collection that uses it", async () => {
    const data = temporaryFolder()
    const store = createLoraStore(data)
    const path = adapterFile()
    const { file: kept } = await store.give(LEAVE, path, { scale: 1, generator })
    await store.give(PUMPS, path, { scale: 2, generator })
    await store.remove(LEAVE)
    expect([store.of(LEAVE), existsSync(kept)]).toEqual([null, true])
    await store.give(PUMPS, adapterFile({ seed: 2 }), { scale: 1, generator })
    expect(existsSync(kept)).toBe(false)
    await store.remove(PUMPS)
    expect(readdirSync(join(data, "adapters"))).toEqual([])
    await expect(store.remove(PUMPS)).rejects.toMatchObject({ code: "not-found" })
  })

  test.each([
    ["another architecture", { architecture: "qwen2" }, "invalid-request", /another model than tiny/],
    ["another width", { columns: 64 }, "invalid-request", /blk.0.attn_q.weight does not fit/],
    ["a model", { type: "model" }, "model-damaged", /not a LoRA adapter/],
  ])("refuses an adapter for %s", async (_, told, code, message) => {
    const data = temporaryFolder()
    const call = createLoraStore(data).give(LEAVE, adapterFile(told), { scale: 1, generator })
    await expect(call).rejects.toMatchObject({ code, message })
    expect(createLoraStore(data).list()).toEqual([])
  })

  test("refuses a file that is missing, one that is no GGUF, a scale of nothing, and a server or no model for its base", async () => {
    const store = createLoraStore(temporaryFolder())
    const text = join(temporaryFolder(), "text.gguf")
    writeFileSync(text, "a text, and a longer one than a header")
    const give = (path: string, options = {}) => store.give(LEAVE, path, { scale: 1, generator, ...options })
    const server = { type: "openai", baseUrl: "http://127.0.0.1:1/v1", model: "words" }
    await expect(give(join(folder.path, "none.gguf"))).rejects.toMatchObject({ code: "model-missing" })
    await expect(give(text)).rejects.toMatchObject({ code: "model-damaged" })
    await expect(give(file)).rejects.toMatchObject({ code: "model-damaged" })
    await expect(give(adapterFile(), { scale: 0 })).rejects.toMatchObject({ code: "invalid-request" })
    await expect(give(adapterFile(), { scale: Number.NaN })).rejects.toMatchObject({ code: "invalid-request" })
    await expect(give(adapterFile(), { generator: server })).rejects.toMatchObject({ message: /adapters are its own/ })
    await expect(give(adapterFile(), { generator: { type: "none" } })).rejects.toMatchObject({ code: "model-missing" })
  })

  test("throws model-damaged where what is stored is broken", async () => {
    const data = temporaryFolder()
    const store = createLoraStore(data)
    await store.give(LEAVE, adapterFile(), { scale: 1, generator })
    writeFileSync(join(data, "adapters", "leave.json"), "{")
    expect(() => store.of(LEAVE)).toThrow(expect.objectContaining({ code: "model-damaged" }))
  })
})
