import { describe, expect, test } from "vitest"
import { readDocument, refusalOf } from "./support/parse-document.ts"
import { zip } from "./support/zip.ts"

const CONTAINER = `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`

function page(body: string): string {
  return `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>${body}</body></html>`
}

function book(more: Readonly<Record<string, string>> = {}, contents: "nav" | "ncx" = "nav"): Buffer {
  const nav = page(
    '<nav><ol><li><a href="one.xhtml">The harbour</a></li><li><a href="two.xhtml#a">x</a></li></ol></nav>',
  )
  const ncx = `<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx><navMap><navPoint><navLabel><text>The harbour</text></navLabel><content src="one.xhtml"/></navPoint></navMap></ncx>`
  return zip({
    mimetype: "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": `<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Tides and Tables</dc:title></metadata><manifest><item id="two" href="two.xhtml" media-type="application/xhtml+xml"/><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/><item id="toc" href="toc" media-type="${contents === "nav" ? "application/xhtml+xml" : "application/x-dtbncx+xml"}" ${contents === "nav" ? 'properties="nav"' : ""}/><item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="toc"/><itemref idref="one"/><itemref idref="two"/></spine></package>`,
    "OEBPS/toc": contents === "nav" ? nav : ncx,
    "OEBPS/one.xhtml": page("<p>Boats come in at noon.<a id='x'/></p>"),
    "OEBPS/two.xhtml": page("<h2>The lighthouse</h2><table><tr><td>Steps</td><td>212</td></tr></table>"),
    ...more,
  })
}

describe("epubParser", () => {
  test.each(["nav", "ncx"] as const)(
    "parse() reads the pages in order, with the chapter names of a %s",
    async (kind) => {
      const { title, text, blocks } = await readDocument("a.epub", book({}, kind))
      expect(title).toBe("Tides and Tables")
      expect(text).toBe("The harbour\n\nBoats come in at noon.\n\nThe lighthouse\n\nSteps | 212")
      expect(blocks.map(({ headingPath }) => headingPath)).toEqual([
        [],
        ["The harbour"],
        ["The harbour"],
        ["The harbour", "The lighthouse"],
      ])
    },
  )

  test("parse() warns of a page that is missing", async () => {
    const spine = `<package><metadata/><manifest><item id="a" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`
    expect((await readDocument("a.epub", book({ "OEBPS/book.opf": spine }))).warnings).toContain("page-missing")
  })

  test.each([
    [
      "encrypted",
      "a protected book",
      { "META-INF/encryption.xml": encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc") },
    ],
    ["encrypted", "a lent book", { "META-INF/license.lcpl": "{}" }],
    [
      "read",
      "a book with obscured fonts",
      { "META-INF/encryption.xml": encryption("http://www.idpf.org/2008/embedding") },
    ],
    ["broken-file", "a book without its package", { "META-INF/container.xml": "<container/>" }],
    [
      "xml-doctype",
      "a book that declares entities",
      { "META-INF/container.xml": `<!DOCTYPE c [<!ENTITY a "x">]>${CONTAINER}` },
    ],
  ])("parse() gives %s for %s", async (code, _, more) => {
    expect(await refusalOf("a.epub", book(more))).toBe(code)
  })
})

function encryption(method: string): string {
  return `<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData><EncryptionMethod Algorithm="${method}"/></EncryptedData></encryption>`
}
