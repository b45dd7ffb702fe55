import { createFakeEmbedder } from "../support/fake-embedder.ts"
import { createFakeEntailment } from "../support/fake-entailment.ts"
import { createFakeCrossEncoder, createFakeReader } from "../support/fake-reader.ts"
import { createMemoryIndex } from "../support/memory-index.ts"
import { describeEmbedderContract } from "./embedder.contract.ts"
import { describeEntailmentContract } from "./entailment.contract.ts"
import { DIMENSIONS, describeIndexContract } from "./index.contract.ts"
import { describeReaderContract } from "./reader.contract.ts"

describeEmbedderContract("createFakeEmbedder()", () => createFakeEmbedder())
describeReaderContract("createFakeReader()", createFakeReader)
describeReaderContract("createFakeCrossEncoder()", createFakeCrossEncoder, { scoresSentences: false })
describeEntailmentContract("createFakeEntailment()", createFakeEntailment)
describeIndexContract("createMemoryIndex()", async () => {
  const index = createMemoryIndex(DIMENSIONS)
  return { index, reopen: async () => index, close: () => index.dispose() }
})
