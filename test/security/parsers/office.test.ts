import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DOCX_TYPE, ODT_TYPE, PPTX_TYPE, RTF_TYPE } from "../../../ingest/parse/office-types.ts"
import { createParserHost } from "../../../ingest/parser-host.ts"
import { temporaryFolder } from "../../support/folder.ts"
import { odt, pptx, slideShape } from "../../support/office.ts"
import { docx, wordParagraph, zip } from "../../support/zip.ts"

const MEMORY_MB = 512
const host = createParserHost({ timeoutMs: 61_000, memoryMb: MEMORY_MB, log: () => undefined })
afterAll(async () => await host.dispose())

const CANARY = "canary-7f31 must stay in its file"
const folder = mkdtempSync(join(tmpdir(), "ibid-test-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const secret = join(folder, "secret.txt")
let connections = 0
const server = createServer((socket) => {
  connections++
  socket.destroy()
})
beforeAll(async () => {
  writeFileSync(secret, CANARY)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
})
afterAll(() => void server.close())

function port(): number {
  const address = server.address()
  return address !== null && typeof address === "object" ? address.port : 0
}

/** The text that the parser process gives, or the code of its refusal; what comes next must work in either case. */
async function outcome(
  bytes: Uint8Array,
  mediaType: string,
): Promise<{ readonly code?: string; readonly text?: string }> {
  const file = join(temporaryFolder(), "stored")
  writeFileSync(file, bytes)
  const result = await host.parse({ file, path: "hostile", mediaType }).then(
    ({ document }) => ({ text: document.text }),
    (thrown: unknown) => ({ code: thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown) }),
  )
  const next = join(temporaryFolder(), "next")
  writeFileSync(next, docx(wordParagraph("next")))
  expect((await host.parse({ file: next, path: "next.docx", mediaType: DOCX_TYPE })).document.text).toBe("next")
  return result
}

/** Paragraphs that differ, so that they do not shrink to a hundredth. */
function paragraphs(count: number, one: (text: string) => string): string {
  let state = 1
  const parts: string[] = []
  for (let number = 0; number < count; number++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    parts.push(one(state.toString(36)))
  }
  return parts.join("")
}

const wordLine = (text: string): string => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`

describe("Office documents that attack their parser", () => {
  test("A1: parts that inflate a thousandfold are refused before they are inflated", async () => {
    const blank = " ".repeat(8 * 1024 * 1024)
    expect(await outcome(docx(blank, { isDeflated: true }), DOCX_TYPE)).toEqual({ code: "archive-ratio" })
    expect(await outcome(pptx([{ shapes: blank }], { isDeflated: true }), PPTX_TYPE)).toEqual({ code: "archive-ratio" })
  })

  test("A2: a million paragraphs are refused, alike or not", async () => {
    const alike = docx("<w:p/>".repeat(1_000_000), { isDeflated: true })
    expect(await outcome(alike, DOCX_TYPE)).toEqual({ code: "archive-ratio" })
    const different = docx(paragraphs(410_000, wordLine), { isDeflated: true })
    expect(await outcome(different, DOCX_TYPE)).toEqual({ code: "file-too-large" })
  })

  test.each([
    ["docx", docx("<w:tbl><w:tr><w:tc>".repeat(20_000)), DOCX_TYPE],
    ["pptx", pptx([{ shapes: "<p:grpSp>".repeat(20_000) }]), PPTX_TYPE],
    ["odt", odt("<table:table><table:table-row><table:table-cell>".repeat(20_000)), ODT_TYPE],
    ["rtf", Buffer.from(`{\\rtf1${"{\\b ".repeat(20_000)}`), RTF_TYPE],
  ])("A3: 20,000 nested tables or groups in %s are refused as too deep", async (_, bytes, mediaType) => {
    expect(await outcome(bytes, mediaType)).toEqual({ code: "too-deep" })
  })

  describe.each([
    ["docx", "word/document.xml", DOCX_TYPE, (entry: string) => zip({ "word/document.xml": entry })],
    ["pptx", "ppt/presentation.xml", PPTX_TYPE, (entry: string) => zip({ "ppt/presentation.xml": entry })],
    ["odt", "content.xml", ODT_TYPE, (entry: string) => zip({ "content.xml": entry })],
  ])("A4: %s with a document type in %s", (_format, _part, mediaType, build) => {
    test("an entity that names a local file is refused, and the file is not in the message", async () => {
      const xml = `<!DOCTYPE d [<!ENTITY f SYSTEM "${pathToFileURL(secret).href}">]><d><p><r><t>&f;</t></r></p></d>`
      expect(await outcome(build(xml), mediaType)).toEqual({ code: "xml-doctype" })
    })

    test("entities that multiply are refused", async () => {
      const bomb = Array.from({ length: 9 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`)
      const xml = `<!DOCTYPE d [<!ENTITY e0 "ha">${bomb.join("")}]><d>&e9;</d>`
      expect(await outcome(build(xml), mediaType)).toEqual({ code: "xml-doctype" })
    })
  })

  test("A5: relations to a local file and to an address read no file and open no connection", async () => {
    const targets = [pathToFileURL(secret).href, secret, `http://127.0.0.1:${port()}/x.png`]
    const relations = (kind: string): string =>
      `<Relationships>${targets.map((target, index) => `<Relationship Id="e${index}" Type="http://x/${kind}" Target="${target}" TargetMode="External"/><Relationship Id="i${index}" Type="http://x/${kind}" Target="${target}"/>`).join("")}</Relationships>`
    const ids = targets.flatMap((_, index) => [`e${index}`, `i${index}`])
    const word = `<w:document><w:body>${wordLine("Body.")}${ids.map((id) => `<w:p><w:r><w:drawing><a:blip r:embed="${id}" r:link="${id}"/><c:chart r:id="${id}"/></w:drawing></w:r></w:p><w:altChunk r:id="${id}"/>`).join("")}</w:body></w:document>`
    for (const kind of ["image", "aFChunk", "header", "__proto__"]) {
      const bytes = zip({ "word/document.xml": word, "word/_rels/document.xml.rels": relations(kind) })
      expect(await outcome(bytes, DOCX_TYPE)).toEqual({ text: "Body." })
    }
    const shapes = ids.map(
      (id) =>
        `<p:graphicFrame><a:graphicData><c:chart r:id="${id}"/></a:graphicData></p:graphicFrame><p:pic><a:blip r:link="${id}"/></p:pic>`,
    )
    const deck = pptx([{ shapes: slideShape(["Body."]) + shapes.join("") }], {
      entries: { "ppt/slides/_rels/slide1.xml.rels": relations("chart") },
    })
    expect(await outcome(deck, PPTX_TYPE)).toEqual({ text: "Body." })
    expect(connections).toBe(0)
  })
})
