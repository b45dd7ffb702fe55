import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import type { Generator } from "../src/core/ports.ts"
import { createLimiter, type Limiter } from "../src/engine/limiter.ts"
import { createLlamaGenerator, type LlamaOptions } from "../src/engine/llama-generator.ts"
import { collect, PROMPT } from "./contract/generator.contract.ts"
import { childProcesses } from "./support/child-processes.ts"
import { makeTemporaryFolder, temporaryFolder } from "./support/folder.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"

const MAX_TOKENS = 24
const CONTEXT_TOKENS = 4_000

function tinyFile(): string {
  const file = join(temporaryFolder(), "tiny.gguf")
  writeTinyGguf(file)
  return file
}

/** One for the tests that leave its child alive: a child takes seconds to start. Each brings its own limiter. */
interface Shared {
  readonly generator: Generator
  use(limiter: Limiter): void
}

function shareGenerator(file: string): Shared {
  let inForce: Limiter = createLimiter(1)
  const limiter: Limiter = { cores: 1, run: (request, work) => inForce.run(request, work) }
  const generator = createLlamaGenerator({
    ...{ id: "tiny", file, contextTokens: CONTEXT_TOKENS, cores: 1, limiter, log: () => undefined },
  })
  return {
    generator,
    use: (wanted) => {
      inForce = wanted
    },
  }
}

function openGenerator(options: Partial<LlamaOptions> = {}) {
  const limiter = options.limiter ?? createLimiter(1)
  const generator = createLlamaGenerator({
    ...{ id: "tiny", file: options.file ?? tinyFile(), contextTokens: 512, cores: 1, limiter, log: () => undefined },
    ...options,
  })
  onTestFinished(() => generator.dispose())
  return { generator, limiter, write: writerOf(generator) }
}

function writerOf(generator: Generator) {
  return async (signal?: AbortSignal): Promise<string> => {
    const call = generator.generate(PROMPT, { maxTokens: MAX_TOKENS, ...(signal === undefined ? {} : { signal }) })
    return (await collect(call)).join("")
  }
}

/** Takes a core as soon as there is one and keeps it. */
async function holdCore(limiter: Limiter): Promise<() => void> {
  return await new Promise((resolve) => {
    void limiter.run({ wanted: 1, priority: "question" }, () => new Promise<void>((release) => resolve(release)))
  })
}

/** The child of the one generator that runs in a test. */
function onlyChild(): number {
  const [id, ...others] = childProcesses("llama-child")
  if (id === undefined || others.length > 0) throw new Error(`${others.length} children too many, or none`)
  return id
}

/** Resolves when the process is gone; a test that waits in vain runs into its time limit. */
async function gone(id: number): Promise<void> {
  while (childProcesses("llama-child").includes(id)) await new Promise((resolve) => setImmediate(resolve))
}

describe("createLlamaGenerator() with a child that stays", () => {
  const folder = makeTemporaryFolder()
  let shared: Shared
  beforeAll(() => {
    const file = join(folder.path, "tiny.gguf")
    writeTinyGguf(file)
    shared = shareGenerator(file)
  })
  afterAll(async () => {
    await shared.generator.dispose()
    folder.remove()
  })
  const openShared = (limiter: Limiter = createLimiter(1)) => {
    shared.use(limiter)
    return { generator: shared.generator, limiter, write: writerOf(shared.generator) }
  }

  test("gives its core away between slices, and goes on with the same text", async () => {
    const { generator, limiter, write } = openShared()
    const alone = await write()
    const pieces = generator.generate(PROMPT, { maxTokens: MAX_TOKENS })[Symbol.asyncIterator]()
    let text = (await pieces.next()).value ?? ""
    const release = await holdCore(limiter)
    expect(text.length).toBeLessThan(alone.length)
    release()
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) text += next.value
    expect(text).toBe(alone)
  })

  test("holds no core once the child has written all, however slowly its pieces are read", async () => {
    const { generator, limiter } = openShared()
    const pieces = generator.generate(PROMPT, { maxTokens: 4 })[Symbol.asyncIterator]()
    await pieces.next()
    const release = await holdCore(limiter)
    release()
    await pieces.return?.()
  })

  test("reads a prompt in slices of equal time, whatever their length, and writes the same", async () => {
    const inner = createLimiter(1)
    let turns = 0
    const limiter: Limiter = {
      cores: 1,
      run: (request, work) => {
        turns++
        return inner.run(request, work)
      },
    }
    const { generator } = openShared(limiter)
    const ask = async (words: number): Promise<string> => {
      const messages = [{ role: "user", content: "the policy document ".repeat(words) }] as const
      return (await collect(generator.generate(messages, { maxTokens: 4 }))).join("")
    }
    const known = await ask(900)
    expect(turns).toBeLessThan(50)
    await ask(1)
    expect(await ask(900)).toBe(known)
  })

  test("asks for no more cores than it was given", async () => {
    const wanted: number[] = []
    const inner = createLimiter(4)
    const limiter: Limiter = {
      cores: 4,
      run: (request, work) => {
        wanted.push(request.wanted)
        return inner.run(request, work)
      },
    }
    await openShared(limiter).write()
    expect(Math.max(...wanted)).toBe(1)
  })

  test("stops within a second while the prompt is read", async () => {
    const controller = new AbortController()
    const inner = createLimiter(1)
    let slices = 0
    let abortedAt = Number.NaN
    const limiter: Limiter = {
      cores: 1,
      run: async (request, work) => {
        if (++slices === 4) {
          abortedAt = performance.now()
          controller.abort()
        }
        return await inner.run(request, work)
      },
    }
    const { generator } = openShared(limiter)
    const messages = [{ role: "user", content: "the policy document ".repeat(900) }] as const
    const pieces: string[] = []
    const reading = async (): Promise<void> => {
      const written = generator.generate(messages, { maxTokens: 8, signal: controller.signal })
      for await (const piece of written) pieces.push(piece)
    }
    await expect(reading()).rejects.toMatchObject({ code: "cancelled" })
    expect(performance.now() - abortedAt).toBeLessThan(1_000)
    expect(pieces).toEqual([])
  })

  test("stops at once while it waits for a core or for its turn", async () => {
    const { limiter, write } = openShared()
    const release = await holdCore(limiter)
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => expect(write(signal)).rejects.toMatchObject({ code: "cancelled" }))
    for (const controller of controllers) controller.abort()
    await Promise.all(calls)
    release()
    expect(await write()).not.toBe("")
  })

  test("takes special tokens in messages as plain text", async () => {
    const { generator } = openShared()
    // 900 tokens if they were markers, ten times as many as text
    const messages = [{ role: "user", content: "<|im_end|>".repeat(900) }] as const
    const call = collect(generator.generate(messages, { maxTokens: 4 }))
    await expect(call).rejects.toMatchObject({ code: "invalid-request" })
  })

  test("refuses the ninth request at once", async () => {
    const { limiter, write } = openShared()
    const release = await holdCore(limiter)
    const calls = Array.from({ length: 8 }, () => write())
    await expect(write()).rejects.toMatchObject({ code: "overloaded" })
    release()
    expect(new Set(await Promise.all(calls)).size).toBe(1)
  })
})

describe("createLlamaGenerator() and aborts", () => {
  test("kills a child that does not react, and goes on with a new one", async () => {
    const { generator, write } = openGenerator()
    await generator.warm()
    const child = onlyChild()
    process.kill(child, "SIGSTOP")
    const controller = new AbortController()
    const call = write(controller.signal)
    const started = performance.now()
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: "cancelled" })
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(await write()).not.toBe("")
    expect(onlyChild()).not.toBe(child)
  })

  test("an abort while the model loads does not lose the load", async () => {
    const { generator, write } = openGenerator()
    const controller = new AbortController()
    const call = write(controller.signal)
    queueMicrotask(() => controller.abort())
    await expect(call).rejects.toMatchObject({ code: "cancelled" })
    await generator.warm()
    expect(await write()).not.toBe("")
  })
})

describe("createLlamaGenerator() and a child that dies", () => {
  test("makes a request once more when nothing was written", async () => {
    const lines: string[] = []
    const { generator, limiter, write } = openGenerator({ log: (_, message) => lines.push(message) })
    await generator.warm()
    const release = await holdCore(limiter)
    const call = write()
    process.kill(onlyChild(), "SIGKILL")
    release()
    expect(await call).not.toBe("")
    expect(lines.join()).toMatch(/once more/)
  })

  test("fails with model-unavailable when something was written, and works again", async () => {
    const { generator, limiter, write } = openGenerator()
    const pieces = generator.generate(PROMPT, { maxTokens: MAX_TOKENS })[Symbol.asyncIterator]()
    await pieces.next()
    const release = await holdCore(limiter)
    process.kill(onlyChild(), "SIGKILL")
    const rest = async (): Promise<void> => {
      while ((await pieces.next()).done !== true);
    }
    await expect(rest()).rejects.toMatchObject({ code: "model-unavailable" })
    release()
    expect(await write()).not.toBe("")
  })

  test("waits longer and longer before it starts one that keeps dying", async () => {
    const { generator, limiter, write } = openGenerator()
    await generator.warm()
    const release = await holdCore(limiter)
    const call = write().catch((thrown: unknown) => thrown)
    for (let deaths = 0; deaths < 2; deaths++) {
      while (childProcesses("llama-child").length === 0) await new Promise((resolve) => setImmediate(resolve))
      const child = onlyChild()
      process.kill(child, "SIGKILL")
      await gone(child)
    }
    expect(await call).toMatchObject({ code: "model-unavailable" })
    await expect(write()).rejects.toThrow(/tried again shortly/)
    release()
  })

  test("dispose() ends the child, also one that hangs", async () => {
    for (const signal of [undefined, "SIGSTOP"] as const) {
      const { generator } = openGenerator()
      await generator.warm()
      const child = onlyChild()
      if (signal !== undefined) process.kill(child, signal)
      await generator.dispose()
      expect(childProcesses("llama-child")).not.toContain(child)
    }
  })
})

describe("createLlamaGenerator() and bad input", () => {
  test("throws model-missing with the command that helps", async () => {
    const { write } = openGenerator({ file: join(temporaryFolder(), "none.gguf"), id: "some-model" })
    await expect(write()).rejects.toMatchObject({ code: "model-missing", message: /ibid models pull some-model/ })
  })

  test("throws model-damaged for a file that is cut short, and takes the whole file when it is there", async () => {
    const file = tinyFile()
    const whole = readFileSync(file)
    writeFileSync(file, whole.subarray(0, whole.length / 2))
    const { write } = openGenerator({ file })
    await expect(write()).rejects.toMatchObject({ code: "model-damaged" })
    writeFileSync(file, whole)
    expect(await write()).not.toBe("")
  })

  test("throws model-damaged for a header that promises more than the file has, without a child", async () => {
    const file = join(temporaryFolder(), "made-up.gguf")
    const head = Buffer.alloc(24)
    head.write("GGUF")
    head.writeUInt32LE(3, 4)
    head.writeBigUInt64LE(1n, 8)
    head.writeBigUInt64LE(1_000_000n, 16)
    writeFileSync(file, head)
    await expect(openGenerator({ file }).write()).rejects.toMatchObject({ code: "model-damaged" })
    expect(existsSync("/proc") ? childProcesses("llama-child") : []).toEqual([])
  })
})
