import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import type { Reader } from "../../src/core/ports.ts"
import { createCrossEncoderReader } from "../../src/engine/cross-encoder-reader.ts"
import { createLimiter } from "../../src/engine/limiter.ts"
import { writeTinyCrossEncoder } from "../support/tiny-onnx.ts"
import { describeReaderContract } from "./reader.contract.ts"

const folder = mkdtempSync(join(tmpdir(), "ibid-cross-encoder-"))
beforeAll(() => writeTinyCrossEncoder(folder))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function open(): Reader {
  const facts = {
    id: "tiny@00000000",
    weights: "onnx/model_quantized.onnx",
    labels: ["LABEL_0"],
    maxTokens: 512,
  } as const
  return createCrossEncoderReader({ model: { ...facts, folder }, limiter: createLimiter(2), log: () => undefined })
}

describeReaderContract("createCrossEncoderReader()", open, { scoresSentences: false })
