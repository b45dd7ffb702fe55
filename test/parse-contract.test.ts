import sharp from "sharp"
import { expect, test } from "vitest"
import { archiveParser } from "../ingest/parse/archive.ts"
import { csvParser } from "../ingest/parse/csv.ts"
import { docParser } from "../ingest/parse/doc.ts"
import { docxParser } from "../ingest/parse/docx.ts"
import { mailParser } from "../ingest/parse/eml.ts"
import { epubParser } from "../ingest/parse/epub.ts"
import { htmlParser } from "../ingest/parse/html.ts"
import { imageParser } from "../ingest/parse/image.ts"
import { notebookParser } from "../ingest/parse/ipynb.ts"
import { jsonParser } from "../ingest/parse/json.ts"
import { markdownParser } from "../ingest/parse/markdown.ts"
import { mailboxParser } from "../ingest/parse/mbox.ts"
import { msgParser } from "../ingest/parse/msg.ts"
import { odpParser } from "../ingest/parse/odp.ts"
import { odtParser } from "../ingest/parse/odt.ts"
import { pdfParser } from "../ingest/parse/pdf.ts"
import { pptParser } from "../ingest/parse/ppt.ts"
import { pptxParser } from "../ingest/parse/pptx.ts"
import { loadParser, parserLoaders } from "../ingest/parse/registry.ts"
import { rtfParser } from "../ingest/parse/rtf.ts"
import { sourceCodeParser } from "../ingest/parse/source-code.ts"
import { textParser } from "../ingest/parse/text.ts"
import { xmlParser } from "../ingest/parse/xml-document.ts"
import { describeParserContract } from "./contract/parser.contract.ts"
import { fakeParser } from "./support/fake-parser.ts"
import { mail } from "./support/mail.ts"
import { msg } from "./support/msg.ts"
import { odp, odt, pptx } from "./support/office.ts"
import { oleContainer } from "./support/ole-streams.ts"
import { pdf } from "./support/pdf.ts"
import { ppt } from "./support/powerpoint-binary.ts"
import { doc } from "./support/word-binary.ts"
import { docx, epub, wordParagraph, wordTable, zip } from "./support/zip.ts"

const NOT_TEXT = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1, 2, 3, 0, 0, 0, 9])
const NO_ARCHIVE = Buffer.from("PK\u0003\u0004 and no archive")
const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } })
  .png()
  .toBuffer()
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
  broken: NO_ARCHIVE,
})
describeParserContract("pptxParser", pptxParser, {
  bytes: () =>
    pptx([{ title: "Leave", body: [prose, "Two."], table: [["a", "b"]], notes: "Slowly." }, { title: "End" }]),
  phrase,
  broken: NO_ARCHIVE,
})
describeParserContract("odtParser", odtParser, {
  bytes: () => odt(`<text:h text:outline-level="1">Leave</text:h><text:p>${prose}</text:p><text:p>End.</text:p>`),
  phrase,
  broken: NO_ARCHIVE,
})
describeParserContract("odpParser", odpParser, {
  bytes: () => {
    const page = (text: string): string =>
      `<draw:page><draw:frame><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame></draw:page>`
    return odp(page(prose) + page("The second slide."))
  },
  phrase,
  broken: NO_ARCHIVE,
})
describeParserContract("rtfParser", rtfParser, {
  bytes: () =>
    Buffer.from(
      `{\\rtf1\\ansi{\\stylesheet{\\s1\\outlinelevel0 heading 1;}}\\pard\\s1 Leave\\par\\pard ${phrase} at the cafe\\u769?\\par}`,
    ),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("docParser", docParser, {
  bytes: () => doc({ body: [`Parents get ${phrase} at the cafe\u0301.`, [["a", "b"]], "End."], comment: "So?" }),
  phrase,
  broken: oleContainer({ "/Contents": NOT_TEXT }),
})
describeParserContract("pptParser", pptParser, {
  bytes: () =>
    ppt([{ title: "Leave", body: [`${phrase} at the cafe\u0301`, "Two."], notes: "Slowly." }, { title: "End" }]),
  phrase,
  broken: oleContainer({ "/Contents": NOT_TEXT }),
})
describeParserContract("mailParser", mailParser, {
  bytes: () =>
    mail(["Subject: Leave", "From: council@example.org"], [{ type: "text/plain; charset=utf-8", body: prose }]),
  phrase,
  broken: null,
})
describeParserContract("mailboxParser", mailboxParser, {
  bytes: () => {
    const one = mail(
      ["Subject: Leave", "From: council@example.org"],
      [{ type: "text/plain; charset=utf-8", body: prose }],
    )
    return Buffer.concat(
      [1, 2].flatMap(() => [Buffer.from("From council Mon Jan  5 10:00:00 2026\n"), one, Buffer.from("\n\n")]),
    )
  },
  phrase: "Leave",
  broken: NOT_TEXT,
})
describeParserContract("msgParser", msgParser, {
  bytes: () => msg({ subject: "Leave", senderName: "Works council", body: prose }),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("epubParser", epubParser, {
  bytes: () =>
    epub({
      "one.xhtml": `<h1>Leave</h1><p>${prose}</p>`,
      "two.xhtml": "<h2>Table</h2><table><tr><td>a</td><td>b</td></tr></table>",
    }),
  phrase,
  broken: NO_ARCHIVE,
})
describeParserContract("notebookParser", notebookParser, {
  bytes: () =>
    Buffer.from(
      JSON.stringify({
        nbformat: 4,
        cells: [
          { cell_type: "markdown", source: ["# Leave\n", prose] },
          {
            cell_type: "code",
            source: "weeks = 16\r\n\r\nprint(weeks)",
            outputs: [{ output_type: "stream", text: "16\r\n" }],
          },
        ],
      }),
    ),
  phrase,
  broken: Buffer.from('{"cells": ['),
})
describeParserContract("jsonParser", jsonParser, {
  bytes: () => Buffer.from(JSON.stringify({ title: "Leave", rule: { text: prose }, grades: [{ a: 1 }, { a: 2 }] })),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("xmlParser", xmlParser, {
  bytes: () =>
    Buffer.from(`<rules><title>Leave</title><rule id="7"><text>${prose}</text></rule><rule>Two</rule></rules>`),
  phrase,
  broken: Buffer.from("<rules><rule></rules>"),
})
describeParserContract("sourceCodeParser", sourceCodeParser, {
  bytes: () => Buffer.from(`# ${prose}\n\ndef weeks():\r\n\treturn 16\n`),
  phrase,
  broken: NOT_TEXT,
})
describeParserContract("archiveParser", archiveParser, {
  bytes: () => zip({ [`rules/${phrase}.md`]: "# Leave", "rules/cafe\u0301.csv": "a,b", "rules/": "" }),
  phrase,
  broken: NO_ARCHIVE,
})
describeParserContract("imageParser", imageParser, {
  bytes: () => picture,
  phrase,
  broken: NOT_TEXT,
  context: {
    recognised: new Map([[1, { page: 1, text: `Leave\n\n${prose}\n\na | b`, confidence: 91 }]]),
    ...{ embed: () => undefined, refuse: () => undefined, part: () => undefined },
  },
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
