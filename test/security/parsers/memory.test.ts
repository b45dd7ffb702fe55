/** Rows A1 and A2 of the attack table, their memory: a document that unpacks to much costs its parser little, and the server nothing. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DOCX_TYPE } from "../../../ingest/parse/office-types.ts"
import { createParserHost } from "../../../ingest/parser-host.ts"
import { childProcesses } from "../../support/child-processes.ts"
import { makeTemporaryFolder } from "../../support/folder.ts"
import { docx, wordParagraph } from "../../support/zip.ts"

const MB = 1024 * 1024
const MOST_GROWTH_MB = 100
const A_MINUTE_MS = 61_000

describe("A1, A2: the memory that a document of Word that unpacks to much takes", () => {
  const host = createParserHost({ timeoutMs: A_MINUTE_MS, memoryMb: 512, log: () => undefined })
  const folder = makeTemporaryFolder()
  beforeAll(async () => {
    expect(await outcome(docx(wordParagraph("first")))).toBe("first")
  })
  afterAll(async () => {
    await host.dispose()
    folder.remove()
  })

  test.each([
    ["A1: 300 MB in one part", () => docx(" ".repeat(300 * MB), { isDeflated: true }), "archive-ratio"],
    ["A2: a million paragraphs", () => docx("<w:p/>".repeat(1_000_000), { isDeflated: true }), "archive-ratio"],
  ])("%s: refused in time, below 100 MB in parser and server, and the next is read", async (_, build, code) => {
    const file = place(build())
    const child = parserPid()
    const before = { parser: startOfPeak(child), server: startOfPeak(process.pid) }
    const started = performance.now()
    expect(await parse(file)).toBe(code)
    expect(performance.now() - started).toBeLessThan(A_MINUTE_MS)
    expect(parserPid()).toBe(child)
    expect(peakMb(child) - before.parser).toBeLessThan(MOST_GROWTH_MB)
    expect(peakMb(process.pid) - before.server).toBeLessThan(MOST_GROWTH_MB)
    expect(await outcome(docx(wordParagraph("next")))).toBe("next")
  })

  const outcome = (bytes: Uint8Array): Promise<string> => parse(place(bytes))

  function place(bytes: Uint8Array): string {
    const file = join(folder.path, "stored")
    writeFileSync(file, bytes)
    return file
  }

  async function parse(file: string): Promise<string> {
    return await host.parse({ file, path: "a.docx", mediaType: DOCX_TYPE }).then(
      ({ document }) => document.text,
      (thrown: unknown) => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown)),
    )
  }
})

function parserPid(): number {
  const [id] = childProcesses("parser-child")
  if (id === undefined) throw new Error("There is no parser")
  return id
}

/** The peak counts from here: what the process holds now, in MB. */
function startOfPeak(id: number): number {
  writeFileSync(`/proc/${id}/clear_refs`, "5")
  return peakMb(id)
}

function peakMb(id: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) / 1024
}
