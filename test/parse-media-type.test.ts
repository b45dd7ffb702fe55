import { describe, expect, test } from "vitest"
import { DOCX, detectMediaType } from "../ingest/media-type.ts"
import { parsers } from "../ingest/parse/registry.ts"
import { IbidError } from "../src/core/errors.ts"
import { docx, wordParagraph, zip } from "./support/zip.ts"

const PDF = Buffer.from("%PDF-1.7\n…")
const EXECUTABLE = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0])

function code(path: string, bytes: Uint8Array, stated?: string): string {
  try {
    return detectMediaType(path, bytes, stated).mediaType
  } catch (error) {
    return error instanceof IbidError ? error.code : "no IbidError"
  }
}

describe("detectMediaType()", () => {
  test.each([
    ["a.md", "text/markdown"],
    ["A.MARKDOWN", "text/markdown"],
    ["a.txt", "text/plain"],
    ["a.log", "text/plain"],
    ["a.htm", "text/html"],
    ["a.csv", "text/csv"],
    ["a.tsv", "text/tab-separated-values"],
    ["dir.v2/README", "text/plain"],
  ])("takes the type of the text %s from its name", (path, mediaType) => {
    expect(detectMediaType(path, Buffer.from("some text"))).toEqual({ mediaType, warnings: [] })
  })

  test("knows the type that each parser's extensions have", () => {
    for (const parser of parsers) {
      for (const extension of parser.extensions) {
        const bytes = extension === ".pdf" ? PDF : extension === ".docx" ? docx("") : Buffer.from("text")
        expect(parser.mediaTypes).toContain(detectMediaType(`a${extension}`, bytes).mediaType)
      }
    }
  })

  test("believes the content of a PDF more than its name, and warns", () => {
    const warnings = ["extension-mismatch:application/pdf"]
    expect(detectMediaType("a.txt", PDF)).toEqual({ mediaType: "application/pdf", warnings })
  })

  test("finds a Word document under any name", () => {
    expect(detectMediaType("a.bin", docx(wordParagraph("x")))).toEqual({ mediaType: DOCX, warnings: [] })
  })

  test.each([
    ["a text named as PDF", "a.pdf", Buffer.from("hello"), "broken-file"],
    ["a text named as Word file", "a.docx", Buffer.from("hello"), "broken-file"],
    ["an archive named as Word file", "a.docx", zip({ "x.txt": "x" }), "broken-file"],
    ["a cut archive named as Word file", "a.docx", docx("").subarray(0, 200), "broken-file"],
    ["a program named as text", "a.txt", EXECUTABLE, "broken-file"],
    ["a program", "a.exe", EXECUTABLE, "unsupported-type"],
    ["another archive", "a.zip", zip({ "x.txt": "x" }), "unsupported-type"],
    ["an Office file of before 2007", "a.doc", Buffer.from("d0cf11e0a1b11ae100", "hex"), "unsupported-type"],
    ["rich text", "a.rtf", Buffer.from("{\\rtf1 x}"), "unsupported-type"],
    ["text of an unknown kind", "a.xyz", Buffer.from("hello"), "unsupported-type"],
    ["data without an extension", "data", Buffer.from('{"a":1}'), "unsupported-type"],
    ["nothing", "a.md", new Uint8Array(), "empty-file"],
  ])("refuses %s", (_, path, bytes, expected) => {
    expect(code(path, bytes)).toBe(expected)
  })

  test("takes the stated type of a text whose name says nothing", () => {
    expect(code("upload", Buffer.from("a,b"), "text/csv; charset=utf-8")).toBe("text/csv")
    expect(code("page.php", Buffer.from("<!DOCTYPE html><p>x"))).toBe("text/html")
  })

  test("takes UTF-16 for text", () => {
    expect(code("a.txt", Buffer.from("\uFEFFhello", "utf16le"))).toBe("text/plain")
  })
})
