import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createLimiter } from "../../src/engine/limiter.ts"
import { createLlamaGenerator } from "../../src/engine/llama-generator.ts"
import { createOpenAiGenerator } from "../../src/engine/openai-generator.ts"
import { serveChat } from "../support/chat-server.ts"
import { createFakeGenerator } from "../support/fake-generator.ts"
import { writeTinyGguf } from "../support/tiny-gguf.ts"
import { describeGeneratorContract } from "./generator.contract.ts"

const log = () => undefined

describeGeneratorContract("createFakeGenerator()", () => ({
  generator: createFakeGenerator((messages) => messages.flatMap(({ content }) => content.split(/(?<=\s)/))),
}))

describeGeneratorContract("createLlamaGenerator()", () => {
  const folder = mkdtempSync(join(tmpdir(), "ibid-llama-"))
  const file = join(folder, "tiny.gguf")
  writeTinyGguf(file)
  return {
    generator: createLlamaGenerator({
      ...{ id: "tiny", file, contextTokens: 512, cores: 1, limiter: createLimiter(1), log },
    }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
})

describeGeneratorContract("createOpenAiGenerator()", async () => {
  const server = await serveChat()
  return {
    generator: createOpenAiGenerator({ baseUrl: `${server.address}/v1`, model: "words", contextTokens: 2_048, log }),
    close: () => server.close(),
  }
})
