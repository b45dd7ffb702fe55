import { describe, expect, test } from "vitest"
import { markdownParser } from "../ingest/parse/markdown.ts"
import type { ParsedDocument } from "../src/core/types.ts"

async function parse(source: string): Promise<ParsedDocument> {
  return await markdownParser.parse(Buffer.from(source), { path: "page.md", mediaType: "text/markdown" })
}

async function text(source: string): Promise<string> {
  return (await parse(source)).text
}

describe("markdownParser", () => {
  test("parse() leaves out marks of emphasis and addresses of links", async () => {
    expect(await text("Use **the** *[form](https://example.org/a_b)* and `npm ci`.")).toBe("Use the form and npm ci.")
  })

  test("parse() joins hard-wrapped lines and keeps hard breaks", async () => {
    expect(await text("one\ntwo  \nthree")).toBe("one two\nthree")
  })

  test("parse() gives rows of tables with cells apart by bars", async () => {
    expect(await text("| Grade | Days |\n|---|---|\n| **A** | 30 |\n| B | 25 |")).toBe("Grade | Days\nA | 30\nB | 25")
  })

  test("parse() keeps code as it is written", async () => {
    const { text, blocks } = await parse("```sh\nif true; then\n  echo '*a*'\nfi\n```")
    expect(text).toBe("if true; then\n  echo '*a*'\nfi")
    expect(blocks[0]?.type).toBe("code")
  })

  test("parse() gives list items as blocks on lines of their own, nested ones too", async () => {
    const { text, blocks } = await parse("- one\n  - inner\n- two")
    expect(text).toBe("one\ninner\ntwo")
    expect(blocks.map((block) => block.type)).toEqual(["list-item", "list-item", "list-item"])
  })

  test("parse() takes the title from front matter, which is no text", async () => {
    const { title, text } = await parse('---\nlayout: page\ntitle: "Leave: the \\"policy\\""\n---\n# Other\n\nBody.')
    expect(title).toBe('Leave: the "policy"')
    expect(text).toBe("Other\n\nBody.")
  })

  test.each([
    ["title: 'It''s here'", "It's here"],
    ["title: Plain # comment", "Plain"],
    ["title: >-\n  Folded\n  title\nother: x", "Folded title"],
  ])("parse() reads the front matter %j", async (front, title) => {
    expect((await parse(`---\n${front}\n---\nBody.`)).title).toBe(title)
  })

  test("parse() takes a first line of dashes without an end for a rule", async () => {
    expect(await text("---\ntitle: x\n\nBody.")).toContain("Body.")
  })

  test("parse() takes the first heading for the title of a page without front matter", async () => {
    expect((await parse("Intro.\n\n## Travel\n\nText.")).title).toBe("Travel")
  })

  test("parse() removes template tags and sees the links that they stood in", async () => {
    const source = '{% alert "x" %}\nSee [the guide]({% page "/a b/" %}#c) now.\n{% endalert %}'
    expect(await text(source)).toBe("See the guide now.")
  })

  test("parse() removes template comments with what they hold", async () => {
    expect(await text("Before.\n\n{% comment %}\nsecret\n{% endcomment %}\n\nAfter.")).toBe("Before.\n\nAfter.")
  })

  test("parse() keeps template tags in code", async () => {
    expect(await text("Write `{% page %}`.\n\n```\n{% if x %}\n```")).toBe("Write {% page %}.\n\n{% if x %}")
  })

  test("parse() strips inline HTML and reads blocks of HTML", async () => {
    const source = 'A <span class="x">word</span>.\n\n<table><tr><th>a</th><th>b</th></tr></table>\n\n<!-- gone -->'
    expect(await text(source)).toBe("A word.\n\na | b")
  })

  test("parse() reads HTML that is indented like code, and keeps fenced HTML", async () => {
    expect(await text('<ul>\n\n    <li><a href="x">One</a></li>\n\n</ul>')).toBe("One")
    expect(await text("```html\n<b>shown</b>\n```")).toBe("<b>shown</b>")
  })

  test("parse() gives alternative texts of pictures", async () => {
    expect(await text("![A map of the office](map.png)")).toBe("A map of the office")
  })

  test("parse() gives footnotes where they stand and leaves out the marks that lead to them", async () => {
    const source = "See[^one] and [^none].\n\n[^one]: First line\n    goes on.\n\n    Second *part*.\n\nAfter."
    expect(await text(source)).toBe("See and [^none].\n\nFirst line goes on.\n\nSecond part.\n\nAfter.")
  })

  test("parse() gives all cells of a row that has more or fewer than the head", async () => {
    expect(await text("| A | B |\n|---|---|\n| 1 |\n| 1 | 2 | *3* |")).toBe("A | B\n1\n1 | 2 | 3")
  })

  test("parse() leaves out boxes of tasks and marks of what is struck, by one tilde too", async () => {
    expect(await text("- [x] done\n- [ ] ~old~ ~~older~~ ~5 to ~10")).toBe("done\nold older ~5 to ~10")
  })

  test("parse() keeps the words of links of every kind of address", async () => {
    expect(await text("[a](javascript:x) <https://x.org/a%20b> [b][r]\n\n[r]: file:///c")).toBe(
      "a https://x.org/a%20b b",
    )
  })

  test("parse() refuses lists nested three hundred deep", async () => {
    const source = Array.from({ length: 300 }, (_, level) => `${"  ".repeat(level)}- x`).join("\n")
    await expect(parse(source)).rejects.toMatchObject({ code: "too-deep" })
  })

  test("parse() removes attributes behind headings", async () => {
    expect(await text("## Leave {#leave}\n\nText.")).toBe("Leave\n\nText.")
  })

  test("parse() gives blocks the path of their headings", async () => {
    const { blocks } = await parse("# A\n\n### B\n\ntext\n\n## C\n\ntext")
    expect(blocks.map((block) => block.headingPath)).toEqual([[], ["A"], ["A", "B"], ["A"], ["A", "C"]])
  })

  test("parse() gives the title of a page that is nothing but front matter", async () => {
    expect(await text("---\ntitle: Old page\n---\n")).toBe("Old page")
  })

  test("parse() refuses a page without words", async () => {
    expect(await parse("\n\n---\n\n<!-- x -->\n")).toMatchObject({
      text: "",
      warnings: expect.arrayContaining(["no-text"]),
    })
  })

  test("parse() refuses quotes nested a thousand deep", async () => {
    await expect(parse(`${">".repeat(1000)} deep`)).rejects.toMatchObject({ code: "too-deep" })
  })

  test("parse() takes linear time over unclosed tags", async () => {
    const started = performance.now()
    await parse(`${"{%".repeat(100_000)} word`)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
