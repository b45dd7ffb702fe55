import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { temporaryFolder } from "./support/folder.ts"

const hasStrace = spawnSync("strace", ["-V"]).status === 0
const reason = hasStrace ? "" : " (skipped: strace is not installed)"

/** Writes one document into an index, and a mark on each side of it. */
const WRITER = `
import { openSync, writeSync } from "node:fs"
import { createLanceIndex } from "SRC/engine/lance-index.ts"
import { chunkOf, vectorOf } from "SRC/../test/support/chunks.ts"
const [folder] = process.argv.slice(2)
const index = await createLanceIndex({
  folder, generation: "test", dimensions: 16, log: () => undefined,
})
const mark = openSync(folder + "/mark", "a")
const chunk = chunkOf("a", 0, "Parental leave", vectorOf(1))
writeSync(mark, "before")
await index.replaceDocuments([{ id: chunk.documentId, chunks: [chunk] }])
writeSync(mark, "returned")
await index.dispose()
`

test.skipIf(!hasStrace)(`replaceDocuments() flushes its new files and folders before it returns${reason}`, () => {
  const folder = temporaryFolder()
  const script = join(folder, "writer.mts")
  writeFileSync(script, WRITER.replaceAll("SRC", fileURLToPath(new URL("../src", import.meta.url))))
  const trace = join(folder, "trace")
  const tsx = createRequire(import.meta.url).resolve("tsx")
  const traced = [
    "-f",
    "-y",
    "-e",
    "trace=fsync,fdatasync,write",
    "-o",
    trace,
    process.execPath,
    "--import",
    tsx,
    script,
  ]
  const run = spawnSync("strace", [...traced, join(folder, "lance")], { encoding: "utf8" })
  expect(run.status, run.stderr).toBe(0)
  const lines = readFileSync(trace, "utf8").split("\n")
  const from = lines.findIndex((line) => line.includes('"before"'))
  const to = lines.findIndex((line) => line.includes('"returned"'))
  const flushed = lines.slice(from, to).filter((line) => /f(?:data)?sync\(/.test(line))
  for (const place of [
    /test\.lance\/data\/\S+\.lance>/,
    /_versions\/\S+\.manifest>/,
    /test\.lance\/data>/,
    /_versions>/,
    /test\.seal>/,
  ]) {
    expect(
      flushed.filter((line) => place.test(line)),
      String(place),
    ).not.toEqual([])
  }
})
