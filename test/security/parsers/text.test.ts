import iconv from "iconv-lite"
import { describe, expect, test } from "vitest"
import { parserChild } from "../../support/parse-child.ts"
import { readDocument, refusalOf } from "../../support/parse-document.ts"
import { docx, wordParagraph, zip } from "../../support/zip.ts"

describe("A4: XML that declares entities", () => {
  const entity = `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>`
  const bomb = `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, at) => `<!ENTITY ${"abcdefghij"[at + 1]} "${`&${"abcdefghij"[at]};`.repeat(10)}">`).join("")}]>`

  test.each([
    ["an entity that is a file", "a.xml", `<?xml version="1.0"?>${entity}<a>&x;</a>`],
    ["entities that multiply", "a.xml", `${bomb}<a>&j;</a>`],
    [
      "a document type at an address",
      "a.svg",
      `<!DOCTYPE svg SYSTEM "http://192.0.2.1/a.dtd"><svg><text>x</text></svg>`,
    ],
    ["an entity in a feed", "a.rss", `${entity}<rss><channel><title>&x;</title></channel></rss>`],
  ])("%s is `xml-doctype`", async (_, path, content) => {
    expect(await refusalOf(path, content)).toBe("xml-doctype")
  })

  test("an entity that nobody declares is `broken-file`, and never a file", async () => {
    expect(await refusalOf("a.xml", "<a>&x;</a>")).toBe("broken-file")
  })

  test("elements within each other without end are `too-deep`", async () => {
    expect(await refusalOf("a.xml", "<a>".repeat(100_000))).toBe("too-deep")
  })
})

describe("A18: content that is not what its name says", () => {
  const program = Buffer.concat([Buffer.from("MZ\u0090\u0000\u0003", "latin1"), Buffer.alloc(500, 7)])

  test.each([
    ["a program as PDF", "a.pdf", program, "type-mismatch"],
    ["a program as text", "a.txt", program, "type-mismatch"],
    ["a program without a known name", "a.exe", program, "unsupported-type"],
    ["a megabyte of 0xFF", "a.txt", Buffer.alloc(1024 * 1024, 0xff), "type-mismatch"],
    ["a megabyte of 0xFF without a name", "a", Buffer.alloc(1024 * 1024, 0xff), "unsupported-type"],
    ["nothing", "a.docx", Buffer.alloc(0), "empty-file"],
    ["a picture as mail", "a.eml", Buffer.from("89504e470d0a1a0a0000000d", "hex"), "unsupported-type"],
  ])("%s is refused with its code", async (_, path, content, code) => {
    expect(await refusalOf(path, content)).toMatch(new RegExp(`^(?:${code}|broken-file)$`))
  })

  test("a PDF that is an archive too is a PDF", async () => {
    const both = Buffer.concat([Buffer.from("%PDF-1.7\n"), zip({ "a.txt": "words" })])
    expect(await refusalOf("a.zip", both)).toBe("broken-file")
  })

  test("a Word document under the name of an archive is a Word document", async () => {
    const { text, files } = await readDocument("a.zip", docx(wordParagraph("Words.")))
    expect([text, files.size]).toEqual(["Words.", 0])
  })
})

describe("A19: texts without end or sense, in the parser process", () => {
  const parse = parserChild()

  test("a line of 5 MB is read within the limits, and all of it", async () => {
    const { code, parsed } = await parse("a.txt", "tide ".repeat(1_000_000))
    expect(code).toBe("read")
    expect(parsed?.document.text.replace(/\s+/g, "").length).toBe(4_000_000)
  })

  test("of a million combining marks a letter keeps thirty", async () => {
    const marks = ["\u0301", "\u0323", "\u0316", "\u0345"].join("").repeat(250_000)
    const { code, parsed } = await parse("a.txt", `a${marks}`)
    expect(code).toBe("read")
    expect(parsed?.document.text.length).toBeLessThan(100_000)
  })

  test("zeros and halves of characters are replaced and counted", async () => {
    const { parsed } = await parse("a.txt", `before${"\u0000".repeat(5)}after ${"words ".repeat(200)}`)
    expect(parsed?.document.text).toMatch(/^before after words/)
    expect(parsed?.document.report.charactersDropped).toBe(5)
    const halves = await parse("a.txt", iconv.encode(`a \uD800 b \uDC00 c`, "utf-16le", { addBOM: true }))
    expect(halves.parsed?.document.text).toBe("a \uFFFD b \uFFFD c")
    expect(halves.parsed?.document.report.charactersDropped).toBe(2)
  })

  test("UTF-16 without a mark is read, and said to be guessed", async () => {
    const { parsed } = await parse("a.txt", iconv.encode("High water at noon.", "utf-16le", { addBOM: false }))
    expect(parsed?.document).toMatchObject({ text: "High water at noon.", warnings: ["encoding-guessed:utf-16le"] })
  })

  test("zero-width characters do not split words; writing from the right stays as it is", async () => {
    const { parsed } = await parse("a.txt", "har\u200Bbour \u2066שלום\u2069 \u202Eabc")
    expect(parsed?.document.text).toBe("harbour \u2066שלום\u2069 \u202Eabc")
  })
})

describe("A20: names of files", () => {
  const names = {
    "300 bytes": `${"é".repeat(148)}.txt`,
    "a line end": "a\nb.txt",
    markup: "<img src=x onerror=alert(1)>.txt",
    "a change of direction": "a\u202Etxt.exe.txt",
  }

  test.each(Object.entries(names))("a document named with %s is read under that name", async (_, name) => {
    expect((await readDocument(name, "Words.")).text).toBe("Words.")
  })

  test.each(Object.entries(names))("an archive's file named with %s is listed as text, on a line", async (_, name) => {
    const { text, files } = await readDocument("a.zip", zip({ [name]: "Words." }))
    expect([...files.keys()]).toEqual([name.replace("\n", " ")])
    expect(text.replace("\n", " ")).toBe(name.replace("\n", " "))
  })
})
