import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { noBrowser, openBrowser, openPage, type PageServer, startPageServer } from "../../support/browser.ts"

/** Rows J1 to J4 of the attack table: what documents, their names and questions hold is shown as text. */
const PAYLOADS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(2)>",
  '<svg onload="alert(3)"><a href="javascript:alert(4)">here</a></svg>',
  "<math><mtext><table><mglyph><style><!--</style><img title='--><img src onerror=alert(5)>'></math>",
  '<iframe src="data:text/html,<script>alert(6)</script>"></iframe>',
]
const LINKS = [
  "![picture](https://evil.example/inline.png)",
  "[link](https://evil.example/inline)",
  "![ref][r] [link][r]",
  "<https://evil.example/auto>",
  "[[nested](https://evil.example/nested)](https://evil.example/outer)",
  "[script](java\u200Bscript:alert(7)) [data](data:text/html;base64,PHNjcmlwdD5hbGVydCg4KTwvc2NyaXB0Pg==)",
  "https://evil.example/bare https://allowed.example/redirect?to=https://evil.example/",
  "&lt;img src=&quot;https://evil.example/entity.png&quot;&gt;",
]
const NAME = '<img src=x onerror=alert(9)> "quoted" & <b>bold</b>.txt'

describe("documents that attack the page", () => {
  let server: PageServer
  let browser: Browser
  let id: string

  beforeAll(async () => {
    if (noBrowser !== undefined) return
    server = await startPageServer()
    browser = await openBrowser()
  })
  beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser))
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test("J1, J2, J3: markup, links and scripts of a document, its name and the question are text", async () => {
    const sentence = `The password of the zebra house is ${PAYLOADS[0]} and ${LINKS.join(" and ")}.`
    const text = [sentence, ...PAYLOADS, "", "[r]: https://evil.example/reference.png"].join("\n\n")
    id = await server.add(NAME, new TextEncoder().encode(text))
    const opened = await openPage(browser, server)
    const { page, close } = opened
    const dialogs: string[] = []
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    await page.getByRole("textbox").first().fill(`What is the password of the zebra house? ${PAYLOADS[1]}`)
    await page.keyboard.press("Enter")
    const quote = page.locator("button[data-quote]").first()
    await quote.waitFor()
    expect(await quote.textContent()).toContain("<script>alert(1)</script>")
    expect(await made(page)).toEqual([])
    await quote.click()
    await page.locator("mark[data-quote]").first().waitFor()
    for (const payload of PAYLOADS) await page.getByText(payload, { exact: true }).last().waitFor()
    await page.getByText(NAME, { exact: true }).last().waitFor()
    expect(await made(page)).toEqual([])
    await page.goto(`${server.address}/#/source/${id}?start=0&end=${sentence.length}`)
    await page.getByRole("heading", { level: 1 }).waitFor()
    await page.locator("mark[data-quote]").first().waitFor()
    expect(await made(page)).toEqual([])
    await page.goto(`${server.address}/#/documents`)
    await page.getByText(NAME, { exact: true }).first().waitFor()
    expect(await made(page)).toEqual([])
    expect(dialogs).toEqual([])
    await close()
  })

  test.each([
    ["attack.html", "<!doctype html><title>A</title><p>Some words to read.</p><script>document.title = 'ran'</script>"],
    [
      "attack.svg",
      '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "ran"</script><text>x</text></svg>',
    ],
  ])("J4: the original of %s comes as a file, and nothing in it runs", async (path, content) => {
    const stored = await server.send(`/api/documents?path=${path}`, {
      ...{ method: "POST", body: content, headers: { "content-type": "application/octet-stream" } },
    })
    const { documentId } = (await stored.json()) as { documentId: string }
    const address = `/api/documents/${documentId}/original`
    const { headers } = await server.send(address)
    expect(headers.get("content-type")).toBe("application/octet-stream")
    expect(headers.get("content-disposition")).toContain(`attachment; filename="${path}"`)
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/)
    const { page, close } = await openPage(browser, server)
    const download = page.waitForEvent("download")
    await page.evaluate((to) => window.location.assign(to), address)
    expect((await download).suggestedFilename()).toBe(path)
    expect(page.url()).toContain("/#/")
    expect(await page.title()).not.toBe("ran")
    await close()
  })
})

/** What the payloads would have made: elements that the page itself has none of, and links that are not its own. */
async function made(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const foreign = [
      ...document.querySelectorAll("body :is(script, iframe, object, embed, math, img, style, base, form[action])"),
    ]
    const links = [...document.querySelectorAll("a")].filter(
      ({ href }) => !href.startsWith(`${window.location.origin}/`),
    )
    const handlers = [...document.querySelectorAll("body *")].filter((one) =>
      one.getAttributeNames().some((name) => name.startsWith("on")),
    )
    return [...foreign, ...links, ...handlers].map(({ outerHTML }) => outerHTML.slice(0, 200))
  })
}
