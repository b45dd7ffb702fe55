/**
 * A bare node-llama-cpp loop for comparison: a chat session at the library's own level, reset for each prompt, temperature
 * 0, all cores. Prints the milliseconds of each answer as JSON. Usage: bare-llama.ts '[{"question":…,"evidence":…}]'
 */
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { getLlama, LlamaChatSession, LlamaLogLevel } from "node-llama-cpp"
import { packageRoot } from "../../src/core/package-root.ts"
import { loadCatalogue } from "../../src/engine/models/catalogue.ts"
import { resolveGenerator } from "../../src/engine/models/resolve.ts"
import { ANSWER_TOKENS, writePrompt } from "../../src/generation/prompt.ts"

const prompts: { question: string; evidence: string }[] = JSON.parse(process.argv[2] ?? "[]")
const resolved = resolveGenerator("auto", join(packageRoot, "data", "models"), loadCatalogue())
if (resolved.type !== "llama") throw new Error("No language model is installed")
const threads = availableParallelism()
const llama = await getLlama({
  gpu: false,
  build: "never",
  skipDownload: true,
  progressLogs: false,
  maxThreads: threads,
  logLevel: LlamaLogLevel.error,
})
const model = await llama.loadModel({ modelPath: resolved.file })
const context = await model.createContext({ contextSize: 2_048, threads })
const session = new LlamaChatSession({ contextSequence: context.getSequence(), systemPrompt: "" })
const ask = async ({ question, evidence }: (typeof prompts)[number]): Promise<void> => {
  session.resetChatHistory()
  await session.prompt(writePrompt(question, evidence)[0]?.content ?? "", { maxTokens: ANSWER_TOKENS, temperature: 0 })
}
const milliseconds: number[] = []
if (prompts[0] !== undefined) await ask(prompts[0])
for (const prompt of prompts) {
  const started = performance.now()
  await ask(prompt)
  milliseconds.push(performance.now() - started)
}
process.stdout.write(JSON.stringify(milliseconds))
await llama.dispose()
