import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import type { Embedder } from "../src/core/ports.ts"
import { childProcesses } from "./support/child-processes.ts"
import { createEmbedderOfChildren } from "./support/children-embedder.ts"
import { temporaryFolder } from "./support/folder.ts"

function openEmbedder(folder = temporaryFolder()): Embedder {
  const embedder = createEmbedderOfChildren(folder)
  onTestFinished(() => embedder.dispose())
  return embedder
}

const passage = { kind: "passage" } as const

describe("embed() of a passage fails with embedding-failed", () => {
  test.each([
    ["ends the process", "(dies)"],
    ["makes the model throw", "(throws)"],
    ["has no usable vector", "(zero)"],
    ["is answered by silence", "(silent)"],
  ])("where the text %s", async (_, text) => {
    const embedder = openEmbedder()
    await expect(embedder.embed([text], passage)).rejects.toMatchObject({ code: "embedding-failed" })
    expect(await embedder.embed(["another"], passage)).toHaveLength(1)
  })

  test("where a question is not blamed for the same", async () => {
    const call = openEmbedder().embed(["(dies)"], { kind: "query" })
    await expect(call).rejects.toMatchObject({ code: "model-unavailable" })
  })
})

describe("embed() of a passage is not blamed", () => {
  test("while the model does not load", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "away"), "")
    const embedder = openEmbedder(folder)
    await expect(embedder.embed(["a text"], passage)).rejects.toMatchObject({ code: "model-unavailable" })
    await expect(embedder.embed(["a text"], passage)).rejects.toMatchObject({ code: "model-unavailable" })
    rmSync(join(folder, "away"))
    expect(await embedder.embed(["a text"], passage)).toHaveLength(1)
  })

  test("for the processes that others ended", async () => {
    const embedder = openEmbedder()
    for (let round = 0; round < 4; round++) {
      await embedder.embed(["(dies)"], passage).catch(() => undefined)
      for (const id of childProcesses("embedding-child")) process.kill(id, "SIGKILL")
      expect(await embedder.embed(["an innocent text"], passage)).toHaveLength(1)
    }
  })
})
