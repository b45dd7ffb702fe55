import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { packageRoot } from "../../src/core/package-root.ts"
import type { Answer } from "../../src/core/types.ts"
import { measure, treeMb } from "../bench/processes.ts"
import { type BenchServer, builtCli, startBenchServer } from "../bench/server.ts"
import { chunkOf, serveChat } from "../support/chat-server.ts"
import { makeTemporaryFolder } from "../support/folder.ts"

const QUESTIONS_AT_ONCE = 20
const ROUNDS = 6
const CLIENTS = 100
const CLIENTS_AT_ONCE = 16
/** Of the first rounds, in which everything is loaded. */
const WARM_UP_ROUNDS = 2
const MOST_GROWTH_MB = 40
/** Chance gives 0, a strict order 1. */
const LEAST_ORDER = 0.4

const { path: folder, remove } = makeTemporaryFolder()
const data = join(folder, "data")
const questions = readFileSync(join(packageRoot, "data", "eval", "sample", "questions.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as { readonly text: string; readonly document?: string })
  .filter(({ document }) => document?.startsWith("hr/") === true)
  .map(({ text }) => text)

/** A language model that writes a word each 50 ms: five, or as long as somebody listens. */
let isEndless = false
let running = 0
let model: Awaited<ReturnType<typeof serveChat>>
let server: BenchServer

beforeAll(async () => {
  model = await serveChat((_, response) => {
    running++
    response.writeHead(200, { "content-type": "text/event-stream" })
    let words = 0
    const timer = setInterval(() => {
      response.write(chunkOf("employees "))
      if (++words === 5 && !isEndless) response.end("data: [DONE]\n\n")
    }, 50)
    response.on("close", () => {
      clearInterval(timer)
      running--
    })
  })
  await measure(process.execPath, [
    builtCli,
    "--data",
    data,
    "ingest",
    join(packageRoot, "data", "sample", "hr"),
    "--json",
  ])
  server = await startBenchServer(data, { environment: { IBID_GENERATOR: `openai:${model.address}/v1#slow` } })
})
afterAll(async () => {
  await server.stop()
  await model.close()
  remove()
})

/** Asks until there is room, as a well-behaved client does. Returns the answer and how often it was sent away. */
async function ask(question: string): Promise<{ readonly answer: Answer; readonly refusals: number }> {
  for (let refusals = 0; ; refusals++) {
    const response = await server.post("/api/ask", { question })
    if (response.status !== 429) {
      expect(response.status).toBe(200)
      return { answer: (await response.json()) as Answer, refusals }
    }
    await response.arrayBuffer()
    await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get("retry-after")) * 1000))
  }
}

/** Spearman's, between the places that clients had when they asked and the order in which they were answered. */
function rankCorrelation(places: readonly number[]): number {
  const ranked = places.toSorted((left, right) => left - right)
  const differences = places.map((place, rank) => (ranked.indexOf(place) - rank) ** 2)
  const count = places.length
  return 1 - (6 * differences.reduce((sum, square) => sum + square, 0)) / (count * (count ** 2 - 1))
}

describe("many clients of one server", () => {
  test("twenty questions at once are all answered, those that came first first, and memory stays flat", async () => {
    const memoryMb: number[] = []
    const orders: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const ended: number[] = []
      const asked = Array.from({ length: QUESTIONS_AT_ONCE }, async (_, place) => {
        const { answer, refusals } = await ask(questions[place % questions.length] ?? "")
        if (refusals === 0) ended.push(place)
        return answer
      })
      const answers = await Promise.all(asked)
      expect(answers.filter(({ status }) => status === "answered").length).toBeGreaterThan(QUESTIONS_AT_ONCE / 2)
      orders.push(rankCorrelation(ended))
      memoryMb.push(treeMb(server.pid))
    }
    const [before, after] = [memoryMb[WARM_UP_ROUNDS - 1] ?? 0, memoryMb.at(-1) ?? 0]
    process.stdout.write(`${JSON.stringify({ memoryMb: memoryMb.map(Math.round), orders })}\n`)
    expect(after - before).toBeLessThan(MOST_GROWTH_MB)
    // those that are refused or answered in quotes alone end earlier than those before them that the model writes
    expect(orders.reduce((sum, order) => sum + order, 0) / ROUNDS).toBeGreaterThan(LEAST_ORDER)
  })

  test("a hundred clients that vanish leave no generation behind after two seconds", async () => {
    isEndless = true
    const before = model.requests.length
    for (let client = 0; client < CLIENTS; client += CLIENTS_AT_ONCE) {
      const leaving = Array.from({ length: Math.min(CLIENTS_AT_ONCE, CLIENTS - client) }, async (_, place) => {
        const gone = new AbortController()
        const response = await fetch(`${server.address}/api/ask`, {
          method: "POST",
          signal: gone.signal,
          headers: {
            authorization: `Bearer ${server.key}`,
            "content-type": "application/json",
            accept: "text/event-stream",
          },
          body: JSON.stringify({ question: questions[(client + place) % questions.length] ?? "" }),
        })
        expect(response.status).toBe(200)
        await response.body?.getReader().read()
        gone.abort()
      })
      await Promise.all(leaving)
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      expect(running).toBe(0)
    }
    expect(model.requests.length).toBeGreaterThan(before)
    isEndless = false
    expect((await ask(questions[0] ?? "")).refusals).toBe(0)
  })
})
