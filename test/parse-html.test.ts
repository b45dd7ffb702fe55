import { describe, expect, test } from "vitest"
import { htmlParser } from "../ingest/parse/html.ts"
import type { ParsedDocument } from "../src/core/types.ts"

async function parse(source: string | Uint8Array): Promise<ParsedDocument> {
  return await htmlParser.parse(Buffer.from(source), { path: "page.html", mediaType: "text/html" })
}

async function text(source: string): Promise<string> {
  return (await parse(source)).text
}

describe("htmlParser", () => {
  test("parse() leaves out scripts, styles, navigation and templates", async () => {
    const source =
      "<body><nav>Menu</nav><script>x()</script><style>p{}</style><template>t</template><p>Body.</p></body>"
    expect(await text(source)).toBe("Body.")
  })

  test.each([
    "<p hidden>no</p>",
    '<p style="font-size: 0px">no</p>',
    '<p style="color:red; display : none">no</p>',
    '<div style="visibility:hidden"><p>no</p></div>',
    '<span style="font-size:0">no</span>',
  ])("parse() leaves out hidden elements: %s", async (hidden) => {
    expect(await text(`<p>Yes.</p>${hidden}`)).toBe("Yes.")
  })

  test("parse() reads the main element alone where it holds the content", async () => {
    const source = `<body><div>Sidebar</div><main><h1>Leave</h1><p>${"word ".repeat(30)}</p></main><div>Footer</div></body>`
    expect(await text(source)).not.toMatch(/Sidebar|Footer/)
  })

  test("parse() reads the whole page where the main element holds next to nothing", async () => {
    expect(await text(`<body><main>x</main><p>${"word ".repeat(30)}</p></body>`)).toContain("word")
  })

  test("parse() takes the title of the page", async () => {
    expect((await parse("<title>Leave policy</title><h1>Other</h1><p>Text.</p>")).title).toBe("Leave policy")
  })

  test("parse() takes the only main heading where the title adds the name of the site to it", async () => {
    expect((await parse("<title>Leave | Acme</title><h1>Leave</h1><p>Text.</p>")).title).toBe("Leave")
  })

  test("parse() gives tables as rows, with entities decoded", async () => {
    const source = "<table><tr><th>Grade<th>Days</tr><tr><td>A&amp;B</td><td><p>30</p><p>days</p></td></tr></table>"
    const { text, blocks } = await parse(source)
    expect(text).toBe("Grade | Days\nA&B | 30 days")
    expect(blocks.map((block) => block.type)).toEqual(["table"])
  })

  test("parse() reads through tables that only arrange a page", async () => {
    expect(await text("<table><tr><td><h2>Leave</h2><p>One.</p></td><td><p>Two.</p></td></tr></table>")).toBe(
      "Leave\n\nOne.\n\nTwo.",
    )
  })

  test("parse() keeps the lines of preformatted text and collapses white space elsewhere", async () => {
    expect(await text("<p>a\n  b</p><pre>c\n  d</pre>")).toBe("a b\n\nc\n  d")
  })

  test("parse() ends lines at breaks and keeps words of neighbouring blocks apart", async () => {
    expect(await text("<div>one<br>two</div><div>three</div>")).toBe("one\ntwo\n\nthree")
  })

  test("parse() follows the encoding that the page states", async () => {
    const page = Buffer.concat([Buffer.from('<meta charset="iso-8859-2"><p>'), Buffer.from([0xb3, 0xf3, 0x64, 0xbc])])
    expect((await parse(page)).text).toBe("łódź")
  })

  test("parse() refuses elements nested 50,000 deep within a second", async () => {
    const start = performance.now()
    await expect(parse("<div>".repeat(50_000) + "x".repeat(300_000))).rejects.toMatchObject({ code: "too-deep" })
    expect(performance.now() - start).toBeLessThan(1000)
  })

  test.each([
    ["a comment that ends at once", "<!--><div>"],
    ["a section of characters", "<![CDATA[ > <div>"],
    ["a quotation mark within a quotation", `<div title="a>b'">`],
    ["elements that need no end", "<li><b>"],
  ])("parse() counts the depth behind %s", async (_, unit) => {
    await expect(parse(unit + "<div>".repeat(600))).rejects.toMatchObject({ code: "too-deep" })
  })

  test.each(["<li>x", "<tr><td>x", "<p>x", "<dt>x<dd>y", "<br>x", "<option>x"])(
    "parse() does not take a long row of %s for depth",
    async (unit) => {
      expect((await parse(`<div>${unit.repeat(2000)}</div>`)).text).toContain("x")
    },
  )

  test("parse() reads XHTML whose elements are closed within their first tag", async () => {
    const source = `<?xml version="1.0"?><html><body>${'<a id="x"/>'.repeat(600)}<p>Text<script src="x"/> goes on.</p></body></html>`
    expect(await text(source)).toBe("Text goes on.")
  })

  test("parse() counts the text that is hidden, without scripts", async () => {
    const source =
      '<p>Yes.</p><div style="display:none">abc <b>de</b><script>no()</script></div><table hidden><tr><td>f<td>g</table>'
    expect((await parse(source)).report.hiddenCharacters).toBe(7)
  })

  test("parse() keeps words that are kept from screen readers alone, and leaves out such signs", async () => {
    expect(await text('<h2>Leave<a aria-hidden="true">#</a></h2><p aria-hidden="true">Words.</p>')).toBe(
      "Leave\n\nWords.",
    )
  })

  test("parse() reads the article alone where most of a page is links", async () => {
    const menu = Array.from({ length: 80 }, (_, index) => `<li><a href="/${index}">Section number ${index}</a></li>`)
    const prose = Array.from(
      { length: 6 },
      (_, index) => `<p>Paragraph ${index}: ${"parents get paid leave, and ".repeat(6)}.</p>`,
    )
    const source = `<body><div class="sidebar"><ul>${menu.join("")}</ul></div><div id="content">${prose.join("")}</div></body>`
    const found = await text(source)
    expect(found).toContain("Paragraph 5")
    expect(found).not.toContain("Section number")
  })

  test("parse() keeps a page that is a list of links", async () => {
    const links = Array.from({ length: 80 }, (_, index) => `<p><a href="/${index}">Policy number ${index}</a></p>`)
    expect(await text(`<body>${links.join("")}</body>`)).toContain("Policy number 79")
  })

  test("parse() refuses a page without words", async () => {
    expect(await parse("<script>x()</script>")).toMatchObject({
      text: "",
      warnings: expect.arrayContaining(["no-text"]),
    })
  })
})
