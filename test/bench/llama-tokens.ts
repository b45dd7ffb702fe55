/**
 * First tokens and characters a second of the language model, by Ibid's generator (`ours`: a child process, slices, thread
 * leases) and by a bare node-llama-cpp chat session (`bare`), in turn, with the same prompts, temperature 0 and all cores:
 * a machine that changes its speed changes it for both. Prints `{"ours":{"cold":[…],"warm":[…],"perCharacter":[…]},
 * "bare":{…}}`, milliseconds. Usage: llama-tokens.ts <evidence.json>
 */
import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { getLlama, LlamaChatSession, LlamaLogLevel } from "node-llama-cpp"
import { packageRoot } from "../../src/core/package-root.ts"
import { createLimiter } from "../../src/engine/limiter.ts"
import { createLlamaGenerator } from "../../src/engine/llama-generator.ts"
import { loadCatalogue } from "../../src/engine/models/catalogue.ts"
import { resolveGenerator } from "../../src/engine/models/resolve.ts"
import { writePrompt } from "../../src/generation/prompt.ts"

const CONTEXT_TOKENS = 2_048
const MAX_TOKENS = 64
const QUESTIONS = [
  "Tell everything that the text says, sentence by sentence.",
  "What is the most important number here?",
]

type Ask = (prompt: string, onPiece: (text: string) => void) => Promise<void>

const [file = ""] = process.argv.slice(2)
const evidence: readonly string[] = JSON.parse(readFileSync(file, "utf8"))
const resolved = resolveGenerator("auto", join(packageRoot, "data", "models"), loadCatalogue())
if (resolved.type !== "llama") throw new Error("No language model is installed")
const threads = availableParallelism()

async function openOurs(path: string): Promise<{ ask: Ask; close(): Promise<void> }> {
  const limiter = createLimiter(threads)
  const options = { id: "bench", file: path, contextTokens: CONTEXT_TOKENS, cores: threads, limiter }
  const generator = createLlamaGenerator({ ...options, log: () => undefined })
  await generator.warm()
  return {
    ask: async (content, onPiece) => {
      const pieces = generator.generate([{ role: "user", content }], { maxTokens: MAX_TOKENS, seed: 0 })
      for await (const piece of pieces) onPiece(piece)
    },
    close: () => generator.dispose(),
  }
}

async function openBare(path: string): Promise<{ ask: Ask; close(): Promise<void> }> {
  const llama = await getLlama({
    ...{ gpu: false, build: "never", skipDownload: true, progressLogs: false },
    ...{ maxThreads: threads, logLevel: LlamaLogLevel.error },
  })
  const model = await llama.loadModel({ modelPath: path })
  const context = await model.createContext({ contextSize: CONTEXT_TOKENS, threads })
  const session = new LlamaChatSession({ contextSequence: context.getSequence(), systemPrompt: "" })
  return {
    ask: async (content, onTextChunk) => {
      session.resetChatHistory()
      await session.prompt(content, { maxTokens: MAX_TOKENS, temperature: 0, onTextChunk })
    },
    close: () => llama.dispose(),
  }
}

function noTimes(): Record<"cold" | "warm" | "perCharacter", number[]> {
  return { cold: [], warm: [], perCharacter: [] }
}

async function timed(ask: Ask, prompt: string): Promise<{ first: number; perCharacter: number | null }> {
  const started = performance.now()
  let first: number | undefined
  let characters = 0
  await ask(prompt, (text) => {
    if (first === undefined) first = performance.now() - started
    else characters += text.length
  })
  const writing = performance.now() - started - (first ?? 0)
  return { first: first ?? 0, perCharacter: characters < 50 ? null : writing / characters }
}

const sides = { ours: await openOurs(resolved.file), bare: await openBare(resolved.file) }
const times = { ours: noTimes(), bare: noTimes() }
const prompts = evidence.map((text) => QUESTIONS.map((question) => writePrompt(question, text)[0]?.content ?? ""))
for (const { ask } of Object.values(sides)) await ask("Say hello.", () => undefined)
for (const [place, [first = "", second = ""]] of prompts.entries()) {
  const order = ["ours", "bare"] as const
  for (const side of place % 2 === 0 ? order : order.toReversed()) {
    const { cold, warm, perCharacter } = times[side]
    const one = await timed(sides[side].ask, first)
    cold.push(one.first)
    if (one.perCharacter !== null) perCharacter.push(one.perCharacter)
    warm.push((await timed(sides[side].ask, second)).first)
  }
}
process.stdout.write(JSON.stringify(times))
await sides.ours.close()
await sides.bare.close()
