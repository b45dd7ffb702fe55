import iconv from "iconv-lite"
import { describe, expect, test } from "vitest"
import { readDocument, refusalOf } from "./support/parse-document.ts"

describe("xmlParser", () => {
  test("parse() gives values with their names, those of one element as a paragraph", async () => {
    const { text } = await readDocument(
      "a.xml",
      '<?xml version="1.0"?><ports><port id="7"><name>Sund</name><depth unit="m">12</depth></port><port label="Old harbour"><name>Vik</name></port></ports>',
    )
    expect(text).toBe("name: Sund\ndepth: 12\n\nlabel: Old harbour\nname: Vik")
  })

  test("parse() keeps prose together and takes titles for headings", async () => {
    const { title, text, blocks } = await readDocument(
      "a.xml",
      "<book><chapter><title>The harbour</title><para>Boats <em>come</em> in\n  at <link>noon</link>.</para></chapter></book>",
    )
    expect(title).toBe("The harbour")
    expect(text).toBe("The harbour\n\npara: Boats come in at noon.")
    expect(blocks[1]?.headingPath).toEqual(["The harbour"])
  })

  test("parse() reads the pages that feeds carry as text", async () => {
    const { text } = await readDocument(
      "feed.rss",
      "<rss><channel><title>Harbour</title><item><title>Tides</title><description><![CDATA[<p>High <b>water</b></p><ul><li>noon</li></ul>]]></description></item></channel></rss>",
    )
    expect(text).toBe("Harbour\n\nTides\n\nHigh water\n\nnoon")
  })

  test("parse() reads the encoding that the document declares", async () => {
    const xml = '<?xml version="1.0" encoding="windows-1251"?><note>Прилив</note>'
    expect((await readDocument("a.xml", iconv.encode(xml, "windows-1251"))).text).toBe("note: Прилив")
    expect(
      (await readDocument("a.xml", iconv.encode("<port><name>Größe</name></port>", "utf-16le", { addBOM: true }))).text,
    ).toBe("name: Größe")
  })

  test("parse() refuses what is not well-formed", async () => {
    expect(await refusalOf("a.xml", "<a><b></a>")).toBe("broken-file")
  })
})

describe("sourceCodeParser", () => {
  test("parse() keeps lines and indentation, and cuts between definitions", async () => {
    const definition = (name: string): string => `function ${name}() {\n  // ${"word ".repeat(120)}\n  return 1\n}`
    const source = `${definition("one")}\n\n${definition("two")}\n`
    const { text, blocks } = await readDocument("a.ts", source)
    expect(blocks.map(({ type }) => type)).toEqual(["code", "code"])
    expect(blocks.map(({ start, end }) => text.slice(start, end).split("\n")[0])).toEqual([
      "function one() {",
      "function two() {",
    ])
    expect(text).toContain("\n  return 1\n}")
  })

  test("parse() keeps small definitions together", async () => {
    expect((await readDocument("a.py", "a = 1\n\nb = 2\n\ndef c():\n    return 3\n")).blocks).toHaveLength(1)
  })
})
