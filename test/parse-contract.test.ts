import { expect, test } from "vitest"
import { csvParser } from "../ingest/parse/csv.ts"
import { docxParser } from "../ingest/parse/docx.ts"
import { htmlParser } from "../ingest/parse/html.ts"
import { markdownParser } from "../ingest/parse/markdown.ts"
import { pdfParser } from "../ingest/parse/pdf.ts"
import { loadParser, parserLoaders } from "../ingest/parse/registry.ts"
import { textParser } from "../ingest/parse/text.ts"
import { describeParserContract } from "./contract/parser.contract.ts"
import { fakeParser } from "./support/fake-parser.ts"
import { pdf } from "./support/pdf.ts"
import { docx, wordParagraph, wordTable } from "./support/zip.ts"

const NOT_TEXT = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1, 2, 3, 0, 0, 0, 9])
const phrase = "16 weeks of leave"
// A letter and a combining mark, a Windows line end and a zero byte's neighbours: what canonical text must not keep.
const prose = `Parents get ${phrase} at the cafe\u0301.\r\n\u200BThe second line.`

describeParserContract("fakeParser", fakeParser, {
  bytes: () => Buffer.from(`fake\npage 1\n# Leave\n${prose}\npage 2\nMore.`),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("markdownParser", markdownParser, {
  bytes: () => Buffer.from(`# Leave\n\n${prose}\n\n## Table\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n`),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("textParser", textParser, {
  bytes: () => Buffer.from(`${prose}\n\nAnother paragraph.`),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("htmlParser", htmlParser, {
  bytes: () =>
    Buffer.from(`<h1>Leave</h1><p>${prose}</p><h3>Deeper</h3><ul><li>one<li>two</ul><h2>Next</h2><pre>a\r\nb</pre>`),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("csvParser", csvParser, {
  bytes: () => Buffer.from(`Topic,Rule\r\nLeave,"Parents get ${phrase}"\r\nCafe\u0301,open\r\n`),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("pdfParser", pdfParser, {
  bytes: () =>
    pdf([
      [
        { text: "Leave", y: 780, size: 20 },
        { text: `Parents get ${phrase}.`, y: 740 },
      ],
      [{ text: "The second page.", y: 780 }],
    ]),
  phrase,
  broken: Buffer.from("%PDF-1.7\nnothing that follows is a PDF"),
})
describeParserContract("docxParser", docxParser, {
  bytes: () =>
    docx(
      wordParagraph("Leave", "Heading1") +
        wordParagraph(`Parents get ${phrase}.`) +
        wordTable([["a", "b"]]) +
        wordParagraph("End."),
    ),
  phrase,
  broken: Buffer.from("PK\u0003\u0004 and no archive"),
})

test("each type is loaded with the parser that claims it, and each claim is kept", async () => {
  const claimed = new Set<string>()
  for (const [mediaType, load] of Object.entries(parserLoaders)) {
    const parser = await load()
    expect(parser.mediaTypes).toContain(mediaType)
    for (const claim of parser.mediaTypes) claimed.add(claim)
  }
  expect([...claimed].sort()).toEqual(Object.keys(parserLoaders).sort())
})

test("loadParser() refuses a media type that no parser reads", async () => {
  await expect(loadParser("application/x-unknown", "a.png")).rejects.toThrow(
    expect.objectContaining({
      code: "unsupported-type",
      message: 'Cannot parse "a.png": files of this type are not supported',
    }),
  )
})
