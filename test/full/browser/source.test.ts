import { createRequire } from "node:module"
import type { Browser, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { splitSentences } from "../../../src/core/sentences.ts"
import type { DocumentSummary, Range, TextLayout } from "../../../src/core/types.ts"
import { noBrowser, openBrowser, openPage, type PageServer, startPageServer } from "../../support/browser.ts"
import { pdf } from "../../support/pdf.ts"

interface Quote extends Range {
  readonly document: DocumentSummary
  readonly layout: TextLayout
  readonly words: string
  /** Of its beginning. */
  readonly page: number | null
}

const QUOTES = 40
const NAMES = ["Turn", "Close the", "Oil", "Never touch", "Paint", "Order another", "Look at"]
const FORMATS = 13

describe("the source view", () => {
  let server: PageServer
  let browser: Browser

  beforeAll(async () => {
    if (noBrowser !== undefined) return
    server = await startPageServer({ sample: true })
    await vi.waitFor(async () => expect(await unfinished(server)).toBe(0), { timeout: 300_000, interval: 500 })
    browser = await openBrowser()
  })
  beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser))
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test("marks 40 of 40 quotes over all formats of the sample, to the letter, on their pages and in view", async () => {
    const quotes = await sampleQuotes(server)
    expect(quotes).toHaveLength(QUOTES)
    expect(new Set(quotes.map(({ document }) => document.mediaType)).size).toBeGreaterThanOrEqual(FORMATS)
    const { page, close } = await openPage(browser, server)
    const wrong: object[] = []
    for (const quote of quotes) {
      await openQuote(page, server, quote)
      const wanted = { text: bare(quote.words, quote), page: quote.page ?? 0, isInView: true }
      const seen = async () => {
        const { text, pages, isInView } = await marked(page)
        return { text: bare(text, quote), page: quote.page === null ? 0 : pages[0], isInView }
      }
      const isRight = await vi
        .waitFor(async () => expect(await seen()).toEqual(wanted), 5_000)
        .then(
          () => true,
          () => false,
        )
      if (!isRight) wrong.push({ path: quote.document.path, wanted, seen: await seen() })
    }
    expect(wrong).toEqual([])
    await close()
  })

  test("axe finds nothing serious in a PDF, a scan, a sheet and a text, in both themes, on a phone too", async () => {
    const quotes = await sampleQuotes(server)
    const kinds = [/annual-report.*pdf$/, /scan\.pdf$/, /\.xlsx$/, /\.docx$/]
    for (const theme of ["light", "dark"] as const) {
      for (const width of [1280, 390]) {
        const { page, close } = await openPage(browser, server, { theme, width })
        for (const kind of kinds) {
          const quote = quotes.find(({ document }) => kind.test(document.path))
          if (quote === undefined) throw new RangeError(`The sample has no ${String(kind)}`)
          await openQuote(page, server, quote)
          expect(await seriousFaults(page), `${theme} ${width} ${quote.document.path}`).toEqual([])
        }
        await close()
      }
    }
  })

  test("a quote that runs over the end of a page is marked on both", async () => {
    const foot = ["The contract between the two parties of this agreement ends with the"]
    const head = ["last day of the year that follows its notice. Nothing else is agreed."]
    const id = await server.add("over-two-pages.pdf", await pdfOf([foot, head]))
    const text = await (await server.send(`/api/documents/${id}/text`)).text()
    const [start, end] = [text.indexOf("parties of this"), text.indexOf("its notice.") + "its notice.".length]
    const { page, close } = await openPage(browser, server)
    await page.goto(`${server.address}/#/source/${id}?start=${start}&end=${end}`)
    await page.locator("[data-page='2'] mark[data-quote]").waitFor({ state: "attached" })
    const shown = await marked(page)
    expect(shown.pages).toEqual([1, 2])
    expect(shown.text.replace(/\s+/g, " ")).toBe(text.slice(start, end).replace(/\s+/g, " "))
    await close()
  })

  test("a PDF of 1,000 pages opens at its quote and draws what is seen", async () => {
    const pages = Array.from({ length: 1_000 }, (_, index) => [
      ...Array.from({ length: index % 7 }, () => ""),
      `${NAMES[index % NAMES.length]} valve ${index * 7 + 3}.`,
    ])
    const id = await server.add("thousand-pages.pdf", await pdfOf(pages))
    const text = await (await server.send(`/api/documents/${id}/text`)).text()
    const words = `valve ${899 * 7 + 3}.`
    const start = text.indexOf(words)
    const { page, close } = await openPage(browser, server)
    await page.goto(`${server.address}/#/source/${id}?start=${start}&end=${start + words.length}`)
    await isMarked(page)
    const shown = await marked(page)
    expect(shown).toMatchObject({ text: words, pages: [900], isInView: true })
    expect(await page.locator("canvas:visible").count()).toBeLessThan(10)
    await close()
  })

  test("a PDF that cannot be drawn, and one whose original is missing, are shown as their text", async () => {
    const { page, close } = await openPage(browser, server, { allowed: [/Failed to load resource/] })
    const quote = await quoteOf(server, "finance/annual-report-2025.pdf", "Founded in 1958")
    await page.route("**/original?*", (route) => route.fulfill({ body: "%PDF-1.4 and nothing more" }))
    await openQuote(page, server, quote)
    await page.getByText("This PDF cannot be drawn here").waitFor()
    expect((await marked(page)).text).toBe("Founded in 1958")
    await page.unroute("**/original?*")
    await page.route("**/original?*", (route) => route.fulfill({ status: 404, json: { code: "not-found" } }))
    await page.reload()
    await page.getByText("The original cannot be loaded").waitFor()
    await isMarked(page)
    await close()
  })

  test("a document that is gone, and a place that is not in it, say so", async () => {
    const { page, close } = await openPage(browser, server, { allowed: [/404/] })
    await page.goto(`${server.address}/#/source/doc_none?start=1&end=2`)
    await page.getByRole("heading", { name: "This document is not here any more" }).waitFor()
    const { document } = await quoteOf(server, "hr/onboarding.md", "")
    await page.goto(`${server.address}/#/source/${document.id}?start=900000&end=900010`)
    await page.getByText("This place is not in the document").waitFor()
    await page.goto(`${server.address}/#/source/${document.id}?revision=${"0".repeat(64)}&start=0&end=10`)
    await page.getByText("The document has changed since it was quoted").waitFor()
    expect(await page.locator("mark[data-quote]").count()).toBe(0)
    await close()
  })

  test.each([
    ["What does the annual report say about the sick rate?", "finance/annual-report-2025.pdf"],
    ["When are wages paid?", "hr/employee-handbook.docx"],
    ["How many weeks of parental leave do employees get?", "hr/parental-leave.md"],
    ["Who owns the cost centre Warehouse?", "finance/budget-2026.xlsx"],
  ])("%s: the citation opens its source beside the answer, at the quote", async (question, path) => {
    const { page, close } = await openPage(browser, server)
    const quote = await ask(page, question)
    await quote.click()
    await isMarked(page)
    const source = page
      .getByRole("article")
      .filter({ has: page.locator("mark[data-quote]") })
      .first()
    await source.getByText(path, { exact: true }).waitFor()
    const { documentId, start, end } = placeOf(page.url())
    const words = await (await server.send(`/api/documents/${documentId}/text?start=${start}&end=${end}`)).text()
    expect((await marked(page)).text.replace(/\s+/g, "")).toBe(words.replace(/\s+/g, ""))
    await page.keyboard.press("Escape")
    await expect.poll(() => page.locator("mark[data-quote]").count()).toBe(0)
    expect(page.url()).not.toContain("source=")
    await close()
  })

  test("n and p go from quote to quote of an answer, and the address with them", async () => {
    const { page, close } = await openPage(browser, server)
    await (await ask(page, "Who owns the cost centre Warehouse?")).click()
    await isMarked(page)
    const first = { url: page.url(), text: (await marked(page)).text }
    await page.keyboard.press("n")
    await page.getByText("Quote 2 of").waitFor()
    await isMarked(page)
    expect((await marked(page)).text).not.toBe(first.text)
    await page.keyboard.press("p")
    await page.getByText("Quote 1 of").waitFor()
    await isMarked(page)
    expect({ url: page.url(), text: (await marked(page)).text }).toEqual(first)
    await close()
  })

  test("a quote of a document that has changed since is found again, or said to be gone", async () => {
    const before = "# Keys\n\nThe spare key of the quartz cellar hangs in locker 12.\n"
    await server.add("keys.md", new TextEncoder().encode(before))
    const { page, close } = await openPage(browser, server)
    await (await ask(page, "Where hangs the spare key of the quartz cellar?")).click()
    await isMarked(page)
    const stored = page.url()
    await replace(server, "keys.md", before.replace("# Keys", "# Keys\n\nNew: ask the porter first."))
    await page.goto("about:blank")
    await page.goto(stored)
    await page.getByText("It still says this").waitFor()
    await isMarked(page)
    expect((await marked(page)).text).toContain("locker 12")
    await replace(server, "keys.md", "# Keys\n\nAll keys are with the porter.\n")
    await page.goto("about:blank")
    await page.goto(stored)
    await page.getByText("The document has changed since it was quoted").waitFor()
    expect(await page.locator("mark[data-quote]").count()).toBe(0)
    await close()
  })

  test("the copied link opens the same place, the original comes as a file, the table of places goes there", async () => {
    const opened = await openPage(browser, server)
    const { page, close } = opened
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
    const quote = await quoteOf(server, "hr/employee-handbook.docx", "Wages are paid on the 27th of each month.")
    await openQuote(page, server, quote)
    await page.getByRole("button", { name: "Copy a link to this place" }).click()
    await page.getByText("Link copied").waitFor()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    const download = page.waitForEvent("download")
    await page.getByRole("link", { name: "Download the original" }).click()
    expect((await download).suggestedFilename()).toBe("employee-handbook.docx")
    await page
      .getByRole("navigation", { name: "Contents" })
      .getByRole("button", { name: "Leaving the company" })
      .click()
    await page.getByRole("heading", { name: "Leaving the company" }).waitFor()
    await page.goto(`${server.address}/#/`)
    await page.goto(link)
    await isMarked(page)
    expect((await marked(page)).text).toBe(quote.words)
    await close()
  })

  test("a text of 5 MB opens at its quote, fetched and drawn in part", async () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, index) =>
        `Line ${index}: the gauge of pump ${index * 3} reads ${index % 97} bar at noon, as it ought to.\n\n`,
    )
    const id = await upload(server, "long.txt", new TextEncoder().encode(lines.join("")))
    // Its beginning is searchable long before all of it is: the text is there from then on.
    const isReadable = async () => (await server.send(`/api/documents/${id}/layout`)).status
    await expect.poll(isReadable, { timeout: 120_000 }).toBe(200)
    const text = await (await server.send(`/api/documents/${id}/text`)).text()
    const words = "the gauge of pump 120000 reads"
    const start = text.indexOf(words)
    const { page, close } = await openPage(browser, server)
    let fetched = 0
    page.on("response", (response) => {
      if (/\/text\?/.test(response.url())) fetched++
    })
    await page.goto(`${server.address}/#/source/${id}?start=${start}&end=${start + words.length}`)
    await isMarked(page)
    expect(await marked(page)).toMatchObject({ text: words, isInView: true })
    expect(fetched).toBeLessThan(6)
    expect(await page.locator("p[data-start]").count()).toBeLessThan(600)
    await close()
    await server.send(`/api/documents/${id}`, { method: "DELETE" })
  })
})

/** Asks in the page. Returns the first quote of the answer. */
async function ask(page: Page, question: string): Promise<Locator> {
  await page.getByRole("textbox").first().fill(question)
  await page.keyboard.press("Enter")
  const quote = page.locator("button[data-quote]").filter({ hasText: "quote checked" }).first()
  await quote.waitFor()
  return quote
}

function placeOf(address: string): { documentId: string; start: string; end: string } {
  const query = new URLSearchParams(address.slice(address.indexOf("?", address.indexOf("#")) + 1))
  return { documentId: query.get("source") ?? "", start: query.get("start") ?? "", end: query.get("end") ?? "" }
}

/** Another content of a document that is there, searchable when this resolves. */
async function replace(server: PageServer, path: string, content: string): Promise<void> {
  const bytes = new TextEncoder().encode(content)
  const id = await upload(server, path, bytes)
  const isNew = async () => await (await server.send(`/api/documents/${id}/text`)).text()
  await expect.poll(isNew, { timeout: 120_000 }).toContain(content.split("\n").at(2) ?? "")
}

async function upload(server: PageServer, path: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const headers = { "content-type": "application/octet-stream" }
  const response = await server.send(`/api/documents?path=${path}`, { method: "POST", body, headers })
  return ((await response.json()) as { documentId: string }).documentId
}

/** Opens a quote by its address and waits until it is marked and has the focus. */
async function openQuote(page: Page, server: PageServer, quote: Quote): Promise<void> {
  const { document, layout, start, end } = quote
  const query = new URLSearchParams({ revision: layout.revision, start: String(start), end: String(end) })
  await page.goto(`${server.address}/#/source/${document.id}?${query}`)
  await page.getByRole("heading", { level: 1, name: document.title }).waitFor()
  await isMarked(page)
}

/** A PDF with these lines, a list a page. */
async function pdfOf(pages: readonly (readonly string[])[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await pdf(pages.map((lines) => lines.map((text, at) => ({ text, y: 780 - 16 * at })))))
}

/** The mark has the focus, and nothing moves it out of sight any more. */
async function isMarked(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const mark = document.activeElement?.matches("mark[data-quote]") === true ? document.activeElement : null
    const { top, bottom } = mark?.getBoundingClientRect() ?? { top: -1, bottom: -1 }
    return top >= 0 && bottom <= window.innerHeight
  })
}

interface Marked {
  readonly text: string
  readonly pages: readonly number[]
  readonly isInView: boolean
}

async function marked(page: Page): Promise<Marked> {
  return await page.evaluate(() => {
    const marks = [...document.querySelectorAll("mark[data-quote]")]
    const pages = marks.map((mark) => Number(mark.closest("[data-page]")?.getAttribute("data-page") ?? 0))
    const { top, bottom } = document.activeElement?.getBoundingClientRect() ?? { top: -1, bottom: -1 }
    return {
      text: marks.map((mark) => mark.textContent).join(" "),
      pages: [...new Set(pages)],
      isInView: top >= 0 && bottom <= window.innerHeight,
    }
  })
}

/** White space does not count, nor do in a PDF the hyphens at line ends and the bars that stand for its columns. */
function bare(text: string, { document }: Quote): string {
  const joined = text.normalize("NFKC").replace(/\s+/g, "")
  return document.mediaType === "application/pdf" ? joined.replace(/[-\u00AD\u2010|]/g, "") : joined
}

async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(createRequire(import.meta.url)("axe-core").source as string)
  return await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") }
    const { violations } = await axe.run()
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" ")}`)
  })
}

async function unfinished(server: PageServer): Promise<number> {
  const documents = await list(server)
  const waits = ({ state, report }: DocumentSummary) =>
    state !== "indexed" ||
    report?.weakPages.some(({ reason }) => reason !== "recognised" && reason !== "poor-text") === true
  return documents.length < SAMPLE_DOCUMENTS ? SAMPLE_DOCUMENTS : documents.filter(waits).length
}

const SAMPLE_DOCUMENTS = 50

async function list(server: PageServer): Promise<readonly DocumentSummary[]> {
  const { data } = (await (await server.send("/api/documents?limit=500")).json()) as { data: DocumentSummary[] }
  return [...data].sort((one, other) => one.path.localeCompare(other.path))
}

async function read(
  server: PageServer,
  document: DocumentSummary,
): Promise<{ layout: TextLayout; text: string } | undefined> {
  const response = await server.send(`/api/documents/${document.id}/layout`)
  if (!response.ok) return undefined // an archive has no text of its own
  const text = await (await server.send(`/api/documents/${document.id}/text`)).text()
  return { layout: (await response.json()) as TextLayout, text }
}

async function quoteOf(server: PageServer, path: string, words: string): Promise<Quote> {
  const document = (await list(server)).find((one) => one.path === path)
  const found = document === undefined ? undefined : await read(server, document)
  if (document === undefined || found === undefined) throw new RangeError(`There is no ${path}`)
  return toQuote(document, found, { start: found.text.indexOf(words), end: found.text.indexOf(words) + words.length })
}

function toQuote(
  document: DocumentSummary,
  { layout, text }: { layout: TextLayout; text: string },
  range: Range,
): Quote {
  const page = layout.pages.find(({ start, end }) => range.start >= start && range.start < end)?.page ?? null
  return { document, layout, page, ...range, words: text.slice(range.start, range.end) }
}

/** Two quotes of each PDF, one of each other format, then one of each document until there are enough. */
async function sampleQuotes(server: PageServer): Promise<readonly Quote[]> {
  const documents = (await list(server)).filter(({ path }) => path.includes("/"))
  const isPdf = ({ mediaType }: DocumentSummary) => mediaType === "application/pdf"
  const seen = new Set<string>()
  const first = documents.filter((one) => !isPdf(one) && !seen.has(one.mediaType) && seen.add(one.mediaType))
  const rest = documents.filter((one) => !isPdf(one) && !first.includes(one))
  const quotes: Quote[] = []
  for (const document of [...documents.filter(isPdf), ...first, ...rest]) {
    const found = await read(server, document)
    const sentences = splitSentences(found?.text ?? "").filter(({ start, end }) => end - start > SHORTEST_QUOTE)
    for (const share of isPdf(document) ? [0.35, 0.8] : [0.6]) {
      const range = sentences[Math.floor(sentences.length * share)]
      if (found !== undefined && range !== undefined) quotes.push(toQuote(document, found, range))
    }
  }
  return quotes.slice(0, QUOTES)
}

const SHORTEST_QUOTE = 20
