import { describe, expect, test } from "vitest"
import { typeByName } from "../ingest/media-names.ts"
import { detectMediaType } from "../ingest/media-type.ts"
import {
  DOC_TYPE,
  DOCX_TYPE,
  ODT_TYPE,
  PPT_TYPE,
  PPTX_TYPE,
  RTF_TYPE,
  XLS_TYPE,
  XLSB_TYPE,
  XLSM_TYPE,
  XLSX_TYPE,
} from "../ingest/parse/office-types.ts"
import { parserLoaders } from "../ingest/parse/registry.ts"
import { IbidError } from "../src/core/errors.ts"
import { ole } from "./support/ole.ts"
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

  test("knows the type that each parser's extensions have", async () => {
    for (const load of Object.values(parserLoaders)) {
      const parser = await load()
      for (const extension of parser.extensions) expect(parser.mediaTypes).toContain(typeByName(`a${extension}`))
    }
  })

  test("believes the content of a PDF more than its name, and warns", () => {
    const warnings = ["extension-mismatch:application/pdf"]
    expect(detectMediaType("a.txt", PDF)).toEqual({ mediaType: "application/pdf", warnings })
    expect(detectMediaType("a.docx", PDF)).toEqual({ mediaType: "application/pdf", warnings })
  })

  test("takes a PDF that ends as an archive for a PDF", () => {
    const polyglot = Buffer.concat([PDF, zip({ "x.txt": "x" })])
    expect(code("a.zip", polyglot)).toBe("application/pdf")
    expect(code("a.pdf", polyglot)).toBe("application/pdf")
  })

  test.each([
    ["a Word document", docx(wordParagraph("x")), DOCX_TYPE],
    ["a presentation", zip({ "ppt/presentation.xml": "" }), PPTX_TYPE],
    ["a workbook", zip({ "xl/workbook.xml": "" }), XLSX_TYPE],
    ["a workbook with macros", zip({ "xl/workbook.xml": "", "xl/vbaProject.bin": "" }), XLSM_TYPE],
    ["a binary workbook", zip({ "xl/workbook.bin": "", "xl/vbaProject.bin": "" }), XLSB_TYPE],
    ["a package with backslashes", zip({ "[Content_Types].xml": "", "word\\other.xml": "" }), DOCX_TYPE],
    ["an OpenDocument text", zip({ mimetype: ODT_TYPE, "content.xml": "" }), ODT_TYPE],
    ["an OpenDocument template", zip({ mimetype: `${ODT_TYPE}-template` }), ODT_TYPE],
    ["a book", zip({ mimetype: "application/epub+zip", "META-INF/container.xml": "" }), "application/epub+zip"],
    ["an archive with a folder named word", zip({ "word/notes.txt": "x" }), "application/zip"],
    ["an empty archive", zip({}), "application/zip"],
    ["a cut archive", zip({ "x.txt": "x" }).subarray(0, 20), "application/zip"],
    ["a Word document of before 2007", ole(["WordDocument", "1Table"]), DOC_TYPE],
    ["a workbook of before 2007", ole(["Workbook"]), XLS_TYPE],
    ["a workbook of Excel 5", ole(["Book"]), XLS_TYPE],
    ["a presentation of before 2007", ole(["Current User", "PowerPoint Document"]), PPT_TYPE],
    ["a mail of Outlook", ole(["__nameid_version1.0", "__substg1.0_0037001F"]), "application/vnd.ms-outlook"],
    ["rich text", Buffer.from("{\\rtf1 x}"), RTF_TYPE],
    ["a PNG image", Buffer.from("89504e470d0a1a0a0000000d", "hex"), "image/png"],
    ["a JPEG image", Buffer.from("ffd8ffe000104a464946", "hex"), "image/jpeg"],
    ["a GIF image", Buffer.from("GIF89a\u0001\u0000"), "image/gif"],
    ["a TIFF image", Buffer.from("4d4d002a00000008", "hex"), "image/tiff"],
    ["a WebP image", Buffer.from("RIFF\u0001\u0000\u0000\u0000WEBPVP8 "), "image/webp"],
    ["a bitmap", Buffer.from("424d460000000000000036000000280000000200", "hex"), "image/bmp"],
    ["an mbox", Buffer.from("From a@b.test Mon Jan  5 10:00:00 2026\nSubject: x\n\nBody\n"), "application/mbox"],
    ["a mail", Buffer.from("From: a@b.test\r\nTo: c@d.test\r\nSubject: x\r\n\r\nBody"), "message/rfc822"],
  ])("finds %s under any name", (_, bytes, mediaType) => {
    expect(detectMediaType("a.bin", bytes)).toEqual({ mediaType, warnings: [] })
  })

  test.each([
    ["a.py", "text/x-source"],
    ["deploy.YML", "text/x-source"],
    ["docker/Dockerfile", "text/x-source"],
    ["Makefile", "text/x-source"],
    ["a.json", "application/json"],
    ["a.jsonl", "application/x-ndjson"],
    ["a.ipynb", "application/x-ipynb+json"],
    ["a.rss", "application/xml"],
    ["a.eml", "message/rfc822"],
    ["a.mbox", "application/mbox"],
  ])("takes the type of %s from its name", (path, mediaType) => {
    expect(code(path, Buffer.from("some text"))).toBe(mediaType)
  })

  test("counts the three kinds of workbook as one when it compares name and content", () => {
    expect(detectMediaType("a.xlsm", zip({ "xl/workbook.xml": "" }))).toEqual({ mediaType: XLSX_TYPE, warnings: [] })
  })

  test("reads a web page that has the name of an Office file, and warns", () => {
    const warnings = ["extension-mismatch:text/html"]
    expect(detectMediaType("a.xls", Buffer.from("<html><table>"))).toEqual({ mediaType: "text/html", warnings })
  })

  test.each([
    ["a text named as PDF", "a.pdf", Buffer.from("hello"), "type-mismatch"],
    ["a text named as Word file", "a.docx", Buffer.from("hello"), "type-mismatch"],
    ["a text named as image", "a.png", Buffer.from("hello"), "type-mismatch"],
    ["a program named as PDF", "a.pdf", EXECUTABLE, "type-mismatch"],
    ["a program named as text", "a.txt", EXECUTABLE, "type-mismatch"],
    ["a megabyte of one byte named as text", "a.txt", Buffer.alloc(1024 * 1024, 0xff), "type-mismatch"],
    ["a program", "a.exe", EXECUTABLE, "unsupported-type"],
    ["random bytes", "a.bin", randomBytes(), "unsupported-type"],
    [
      "a drawing of OpenDocument",
      "a.odg",
      zip({ mimetype: "application/vnd.oasis.opendocument.graphics" }),
      "unsupported-type",
    ],
    ["a document of Pages", "a.pages", zip({ "Index/Document.iwa": "x" }), "unsupported-type"],
    ["a program of Java", "a.jar", zip({ "a/B.class": "x" }), "unsupported-type"],
    ["an installer", "a.msi", ole(["SummaryInformation"]), "unsupported-type"],
    ["an encrypted Office file", "a.docx", ole(["EncryptionInfo", "EncryptedPackage"]), "encrypted"],
    ["a damaged container", "a.bin", Buffer.from("d0cf11e0a1b11ae100", "hex"), "broken-file"],
    ["text of an unknown kind", "a.xyz", Buffer.from("hello"), "unsupported-type"],
    ["nothing", "a.md", new Uint8Array(), "empty-file"],
  ])("refuses %s", (_, path, bytes, expected) => {
    expect(code(path, bytes)).toBe(expected)
  })

  test("leaves it to the parser to say what is wrong with a cut Office file", () => {
    expect(code("a.docx", docx("").subarray(0, 200))).toBe(DOCX_TYPE)
    expect(code("a.doc", Buffer.from("d0cf11e0a1b11ae100", "hex"))).toBe(DOC_TYPE)
  })

  test("finds the streams of a container at its root, not those of what is embedded in it", () => {
    expect(code("a.bin", ole(["WordDocument"], ["Workbook"]))).toBe(DOC_TYPE)
  })

  test("ends at a container whose directory runs in a circle", () => {
    const circle = ole(["Contents"])
    circle.writeUInt32LE(1, 512 * 2 + 128 + 68) // The first entry is its own left neighbour.
    circle.writeUInt32LE(1, 512) // The sector of the directory follows itself.
    circle.writeUInt32LE(1, 512 + 4)
    expect(code("a.bin", circle)).toBe("unsupported-type")
  })

  test("takes the stated type of a text whose name says nothing", () => {
    expect(code("upload", Buffer.from("a,b"), "text/csv; charset=utf-8")).toBe("text/csv")
    expect(code("upload.tmp", Buffer.from("a: b"), "text/yaml")).toBe("text/x-source")
    expect(code("page.tmp", Buffer.from("<!DOCTYPE html><p>x"))).toBe("text/html")
  })

  test("takes the type of a text without extension from its beginning", () => {
    expect(code("data", Buffer.from('{"a":1}'))).toBe("application/json")
    expect(code("feed", Buffer.from('<?xml version="1.0"?><a/>'))).toBe("application/xml")
    expect(code("run", Buffer.from("#!/bin/sh\necho x\n"))).toBe("text/x-source")
    expect(code("LICENSE", Buffer.from("Permission is granted"))).toBe("text/plain")
  })

  test("takes UTF-16 for text, with and without a mark", () => {
    expect(code("a.txt", Buffer.from("\uFEFFhello", "utf16le"))).toBe("text/plain")
    expect(code("a.txt", Buffer.from("hello, this is wide", "utf16le"))).toBe("text/plain")
    expect(code("README", Buffer.from("全ての人は自由である。\n".repeat(9), "utf16le"))).toBe("text/plain")
  })

  test("takes a text with a few zero bytes for text where its name says so", () => {
    expect(code("a.txt", Buffer.from(`${"words ".repeat(20)}\u0000 more`))).toBe("text/plain")
  })
})

/** The same bytes each time, as even as those of an encrypted file. */
function randomBytes(): Buffer {
  const bytes = Buffer.alloc(1024)
  let state = 1
  for (let index = 0; index < bytes.length; index++) {
    state = (state * 1103515245 + 12345) % 2147483648
    bytes[index] = state >> 16
  }
  return bytes
}
