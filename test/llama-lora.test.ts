import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Generator, LoraAdapter } from "../src/core/ports.ts"
import { createLimiter } from "../src/engine/limiter.ts"
import { createLlamaGenerator } from "../src/engine/llama-generator.ts"
import { collect, PROMPT } from "./contract/generator.contract.ts"
import { childProcesses } from "./support/child-processes.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"
import { type TinyLora, writeTinyLora } from "./support/tiny-lora.ts"

const STRONG = 2

const folder = makeTemporaryFolder()
let generator: Generator
let plain: string
beforeAll(async () => {
  const file = join(folder.path, "tiny.gguf")
  writeTinyGguf(file)
  generator = createLlamaGenerator({
    ...{ id: "tiny", file, contextTokens: 2_000, cores: 1, limiter: createLimiter(1), log: () => undefined },
  })
  plain = await write()
}, 60_000)
afterAll(async () => {
  await generator.dispose()
  folder.remove()
})

async function write(lora?: LoraAdapter): Promise<string> {
  const options = { maxTokens: 12, ...(lora === undefined ? {} : { lora }) }
  return (await collect(generator.generate(PROMPT, options))).join("")
}

function adapter(name: string, written: TinyLora, scale = 1): LoraAdapter {
  const file = join(folder.path, `${name}.gguf`)
  writeTinyLora(file, written)
  return { file, sha256: name, scale }
}

/** Of the child that runs the model, MB. */
function residentMb(): number {
  const [id] = childProcesses("llama-child")
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) / 1_024
}

describe("createLlamaGenerator().generate() with an adapter", () => {
  test("writes as without where the adapter changes nothing", async () => {
    expect(await write(adapter("zero", { deviation: 0 }))).toBe(plain)
  })

  test("writes something else with one that changes much, and the more so by its scale", async () => {
    const strong = adapter("strong", { deviation: STRONG })
    expect(await write(strong)).not.toBe(plain)
    expect(await write({ ...strong, scale: 1e-9 })).toBe(plain)
  })

  test("keeps what was read apart: each writes its own again, in any order, and so does the bare model", async () => {
    const adapters = [undefined, adapter("one", { deviation: STRONG }), adapter("two", { deviation: STRONG, seed: 2 })]
    const alone = []
    for (const lora of adapters) alone.push(await write(lora))
    expect(new Set(alone).size).toBe(3)
    for (const place of [2, 0, 1, 1, 0, 2]) expect(await write(adapters[place])).toBe(alone[place])
  })

  test("weighs without the adapter", async () => {
    const weigh = async (): Promise<number> => (await generator.weigh(PROMPT, ["a", "b"], {}))?.[0] ?? Number.NaN
    const before = await weigh()
    await write(adapter("weighed", { deviation: STRONG }))
    expect(await weigh()).toBeCloseTo(before)
  })

  test("gives the memory of a context back when another adapter takes its place", async () => {
    const adapters = [1, 2].map((seed) => adapter(`turn-${seed}`, { deviation: STRONG, seed }))
    const takeTurns = async (times: number): Promise<number> => {
      for (let time = 0; time < times; time++) for (const lora of adapters) await write(lora)
      return residentMb()
    }
    const before = await takeTurns(2)
    // kept, they were 100 MB
    expect((await takeTurns(10)) - before).toBeLessThan(20)
  })

  test("lets go of an adapter whose file is gone, and writes the same as before without it", async () => {
    const removed = adapter("removed", { deviation: STRONG })
    await write(removed)
    rmSync(removed.file)
    expect(await write()).toBe(plain)
    const files = readFileSync(`/proc/${childProcesses("llama-child")[0]}/maps`, "utf8")
    expect(files).not.toContain(removed.file)
    await expect(write(removed)).rejects.toMatchObject({ code: "model-missing" })
  })

  test("throws model-damaged for a file that is no adapter or does not fit, and works afterwards", async () => {
    const wrong = adapter("wrong", { deviation: 1, columns: 64 })
    await expect(write(wrong)).rejects.toMatchObject({ code: "model-damaged" })
    writeFileSync(wrong.file, "no adapter, and longer than any header of the format would have to be")
    await expect(write(wrong)).rejects.toMatchObject({ code: "model-damaged" })
    expect(await write()).toBe(plain)
  })
})
