import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { createCrossEncoderReader } from "../../src/engine/cross-encoder-reader.ts"
import { createLimiter } from "../../src/engine/limiter.ts"
import { createTransformersEntailment } from "../../src/engine/transformers-entailment.ts"
import { writeTinyCrossEncoder, writeTinyEntailment } from "../support/tiny-onnx.ts"
import { describeEntailmentContract } from "./entailment.contract.ts"
import { describeReaderContract } from "./reader.contract.ts"

const folder = mkdtempSync(join(tmpdir(), "ibid-classifiers-"))
const [crossEncoder, nli] = [join(folder, "cross-encoder"), join(folder, "nli")]
const labels = ["contradiction", "entailment", "neutral"]
beforeAll(() => {
  writeTinyCrossEncoder(crossEncoder)
  writeTinyEntailment(nli, labels)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const facts = { id: "tiny@00000000", weights: "onnx/model_quantized.onnx", maxTokens: 512 } as const
const common = () => ({ limiter: createLimiter(2), log: () => undefined })

describeReaderContract(
  "createCrossEncoderReader()",
  () => createCrossEncoderReader({ model: { ...facts, labels: ["LABEL_0"], folder: crossEncoder }, ...common() }),
  { scoresSentences: false },
)
describeEntailmentContract("createTransformersEntailment()", () => {
  const places = { contradiction: 0, entailment: 1, neutral: 2 }
  return createTransformersEntailment({ model: { ...facts, labels, places, folder: nli }, ...common() })
})
