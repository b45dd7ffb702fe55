import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createLanceIndex } from "../../src/engine/lance-index.ts"
import { createBundledEmbedder, createBundledReader } from "../support/bundled-models.ts"
import { describeEmbedderContract } from "./embedder.contract.ts"
import { DIMENSIONS, describeIndexContract } from "./index.contract.ts"
import { describeReaderContract } from "./reader.contract.ts"

describeEmbedderContract("createTransformersEmbedder(), one process", () => createBundledEmbedder({ processes: 1 }))
describeEmbedderContract("createTransformersEmbedder(), two processes", () => createBundledEmbedder({ processes: 2 }))
describeReaderContract("createTransformersReader()", () => createBundledReader())
describeIndexContract("createLanceIndex()", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ibid-index-"))
  const open = () =>
    createLanceIndex({
      folder,
      generation: "test",
      dimensions: DIMENSIONS,
      log: () => undefined,
    })
  let index = await open()
  return {
    index,
    async reopen() {
      await index.dispose()
      index = await open()
      return index
    },
    async close() {
      await index.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
