import { describe, expect, test } from "vitest"
import { rtfParser } from "../ingest/parse/rtf.ts"
import type { ParsedDocument } from "../src/core/types.ts"

async function parse(content: string): Promise<ParsedDocument> {
  const bytes = Buffer.from(content, "latin1")
  return await rtfParser.parse(bytes, { path: "a.rtf", mediaType: rtfParser.mediaTypes[0] ?? "" })
}

async function textOf(body: string): Promise<string> {
  return (await parse(`{\\rtf1\\ansi\\ansicpg1252 ${body}}`)).text
}

describe("rtfParser", () => {
  test("parse() gives headings by style and outline level, lists, tables, in order", async () => {
    const styles = "{\\stylesheet{\\s1\\outlinelevel0 heading 1;}{\\s2 heading 2;}{\\*\\cs3 heading 1;}}"
    const item = (label: string, text: string): string => `\\pard\\ls1{\\listtext ${label}\\tab}${text}\\par `
    const { text, blocks } = await parse(
      `{\\rtf1\\ansi${styles}\\pard\\s1 Leave\\par\\pard\\s2 Parental\\par\\pard Parents get\\line 16 weeks.\\par ` +
        `${item("1.", "one")}${item("\\'b7", "two")}\\pard\\trowd\\intbl Grade\\cell Days\\cell\\row\\trowd\\intbl A\\cell 30\\cell\\row\\pard End.\\par}`,
    )
    expect(text).toBe("Leave\n\nParental\n\nParents get\n16 weeks.\n\n1. one\ntwo\n\nGrade | Days\nA | 30\n\nEnd.")
    expect(blocks.at(-1)?.headingPath).toEqual(["Leave", "Parental"])
  })

  test.each([
    ["the code page of the document", "caf\\'e9", "café"],
    ["the code page of a font", "{\\fonttbl{\\f1\\fcharset238 Arial CE;}}\\f1 \\'b3\\'f3d\\'9f", "łódź"],
    ["two bytes a character", "{\\fonttbl{\\f1\\fcharset128 Mincho;}}\\f1 \\'93\\'fa\\'96\\'7b", "日本"],
    ["Unicode with what stands for it", "\\uc1\\u322?\\u243\\'f3d\\uc2\\u378 zz!", "łódź!"],
    ["surrogates", "\\u-10179?\\u-8704?", "😀"],
    ["a text in two encodings", "{\\upr{ascii}{\\*\\ud{\\u322?}}}", "ł"],
    ["signs", "\\ldblquote a\\rdblquote\\~\\emdash b\\_c\\{\\}\\\\", "“a” —b-c{}\\"],
  ])("parse() decodes %s", async (_, body, expected) => {
    expect(await textOf(body)).toBe(expected)
  })

  test("parse() counts hidden text and leaves out deleted text, pictures, objects and settings", async () => {
    const { text, report } = await parse(
      "{\\rtf1{\\*\\unknown no}{\\pict\\pngblip 89504e47}{\\object{\\*\\objdata 0105}{\\result shown}} Kept{\\v secret}{\\deleted gone}.}",
    )
    expect(text).toBe("shown Kept.")
    expect(report.hiddenCharacters).toBe(6)
  })

  test("parse() puts notes and text boxes behind their block, headers first, comments last", async () => {
    const page = "{\\field{\\*\\fldinst PAGE }{\\fldrslt 7}}"
    expect(
      await textOf(
        `{\\header Internal ${page}\\par}Rule.{\\footnote See the law.}{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt In the box.\\par}}{\\shprslt old}}` +
          "{\\*\\atnauthor Ana}{\\*\\annotation Is it so?}\\par Next.\\par",
      ),
    ).toBe("Internal\n\nRule.\n\nSee the law.\n\nIn the box.\n\nNext.\n\nComment by Ana: Is it so?")
  })

  test("parse() takes the stated title", async () => {
    expect((await parse("{\\rtf1{\\info{\\title Staff handbook}{\\author Ana}}x}")).title).toBe("Staff handbook")
  })

  test("parse() passes over binary data that claims to be endless", async () => {
    expect(await textOf("Before.{\\pict\\bin4294967295 }After.")).toBe("Before.")
  })

  test("parse() reads a document that is cut off", async () => {
    expect((await parse("{\\rtf1 {\\b Bold")).text).toBe("Bold")
  })

  test.each([
    ["too-deep", `{\\rtf1 ${"{".repeat(20_000)}`],
    ["broken-file", "no rich text"],
    ["empty-file", ""],
  ])("parse() refuses with %s", async (code, content) => {
    await expect(parse(content)).rejects.toMatchObject({ code })
  })
})
