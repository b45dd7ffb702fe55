import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { seriousFindings } from "../../support/axe.ts"
import { noBrowser, openBrowser, openPage, type PageServer, startPageServer } from "../../support/browser.ts"
import { makeTemporaryFolder } from "../../support/folder.ts"
import { writeManyDocuments } from "../../support/many-documents.ts"
import { sampleEvaluation } from "../../support/sample-evaluation.ts"

/** A parser process has to start first, on a machine that may be busy. */
const SLOWEST_MS = 120_000
const FILES = 10
const MANY = 10_000
const FRAME_P95_MS = 32
/** Of the page's main thread, whatever else the machine does: a frame of 60 a second. */
const FRAME_PROCESSOR_MS = 16
/** 7,200 pixels a second, 130 rows: a list that is flung. */
const STEP_PX = 120
const FRAMES = 250
const PASSES = 6

const folder = makeTemporaryFolder()
const watched = join(folder.path, "plant")
let server: PageServer
let browser: Browser

beforeAll(async () => {
  if (noBrowser !== undefined) return
  fillFolder()
  server = await startPageServer({ watch: [watched] })
  browser = await openBrowser()
  for (const gain of [0.5, 0.9]) await post("/api/evaluations", sampleEvaluation(gain))
})
beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser))
afterAll(async () => {
  await browser?.close()
  await server?.close()
  folder.remove()
})

async function open(path: string, options: Parameters<typeof openPage>[2] = {}) {
  const opened = await openPage(browser, server, options)
  opened.page.setDefaultTimeout(SLOWEST_MS)
  await goTo(opened.page, path)
  return opened
}

async function goTo(page: Page, path: string): Promise<void> {
  await page.goto(`${server.address}/#${path}`)
}

function fillFolder(): void {
  mkdirSync(watched, { recursive: true })
  for (let at = 0; at < FILES; at++) writeFileSync(join(watched, `pump-${at}.txt`), `Pump ${at} runs at ${at}0 bar.`)
}

async function post(path: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" }
  await server.send(path, { method: "POST", headers, body: JSON.stringify(body) })
}

async function jobsOf(documentId: string): Promise<readonly { readonly state: string; readonly attempts: number }[]> {
  return ((await (await server.send(`/api/jobs?documentId=${documentId}`)).json()) as { data: [] }).data
}

const uploads = (page: Page) => page.getByRole("region", { name: "Files being added" })
const give = (page: Page, name: string, content: string | Buffer) =>
  page.locator("input[type=file]").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) })

describe("documents", () => {
  test("a file that is dropped shows how far it is, becomes searchable, and is opened from there", async () => {
    const { page, close } = await open("/documents")
    await page.getByRole("button", { name: "Add files" }).waitFor()
    await page.evaluate(() => {
      const carried = new DataTransfer()
      carried.items.add(new File(["Hoses are changed every two years."], "hoses.txt"))
      const target = document.querySelector("main h1")
      for (const type of ["dragenter", "dragover", "drop"]) {
        target?.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }))
      }
    })
    const panel = uploads(page)
    await panel.getByRole("progressbar", { name: "hoses.txt" }).waitFor()
    await panel.getByText("Searchable.").waitFor()
    await panel.getByRole("link", { name: "Open" }).click()
    await page.getByRole("heading", { level: 1, name: "hoses" }).waitFor()
    await page.getByText("The whole text was read.").waitFor()
    await close()
  })

  test("a damaged file says why and what to do next, and is tried again", async () => {
    const { page, close } = await open("/documents")
    await give(page, "plan.pdf", "%PDF-1.7 nothing of it holds together")
    await uploads(page).getByText("The file is damaged. Open it in its own program").waitFor()
    await uploads(page).getByRole("link", { name: "Open" }).click()
    await page.getByRole("alert").getByText("The file is damaged", { exact: true }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    const id = page.url().split("/").at(-1) ?? ""
    const before = (await jobsOf(id)).length
    await page.getByRole("button", { name: "Try again" }).click()
    await expect.poll(async () => (await jobsOf(id)).filter(({ state }) => state === "failed").length).toBe(before + 1)
    await page.getByRole("alert").getByText("The file is damaged", { exact: true }).waitFor()

    await goTo(page, "/documents?state=failed")
    await page.getByRole("row").filter({ hasText: "plan.pdf" }).getByText("The file is damaged").waitFor()
    await close()
  })

  test("an upload is cancelled while it is sent, and the server keeps nothing of it", async () => {
    const { page, close } = await open("/documents")
    const session = await page.context().newCDPSession(page)
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 200_000 }
    await session.send("Network.emulateNetworkConditions", slow)
    await give(page, "long.txt", "word ".repeat(2_000_000))
    await uploads(page).getByText("Being sent").waitFor()
    await uploads(page).getByRole("button", { name: "Cancel long.txt" }).click()
    await uploads(page).getByText("It was cancelled").waitFor()
    const found = await (await server.send("/api/documents?name=long.txt")).json()
    expect(found).toMatchObject({ data: [] })
    await close()
  })

  test("one is removed only after the question", async () => {
    const id = await server.add("old-price-list.txt", "Prices of an old year.")
    const { page, close } = await open(`/documents/${id}`)
    await page.getByRole("button", { name: "Remove" }).click()
    const dialog = page.getByRole("dialog", { name: "Remove this document?" })
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
    expect((await server.send(`/api/documents/${id}`)).status).toBe(200)
    await page.getByRole("button", { name: "Remove" }).click()
    await dialog.getByRole("button", { name: "Remove" }).click()
    await page.waitForURL(/#\/documents$/)
    expect((await server.send(`/api/documents/${id}`)).status).toBe(404)
    await close()
  })
})

describe("folders", () => {
  test("the brake asks, stays while the files are missing, and both of its answers do what they say", async () => {
    const { page, close } = await open("/folders", { allowed: [/status of 409/] })
    await page.getByText(`${FILES} documents`).waitFor()
    rmSync(watched, { recursive: true })
    mkdirSync(watched)
    await page.getByText("Nothing is removed before you decide").waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole("button", { name: "They are back" }).click()
    await page.getByText("The files are still missing").waitFor()
    fillFolder()
    await page.getByRole("button", { name: "They are back" }).click()
    await page.getByText("Nothing is removed before you decide").waitFor({ state: "detached" })

    rmSync(watched, { recursive: true })
    mkdirSync(watched)
    await page.getByRole("button", { name: "They are gone for good" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Remove them" }).click()
    await page.getByText(/^0 documents/).waitFor()
    await close()
  })
})

describe("the other views", () => {
  test("a check of everything tells its steps and its result; a collection is made and removed", async () => {
    const { page, close } = await open("/health")
    await page.getByRole("button", { name: "Check now" }).click()
    await page.getByText(/All sound: \d+ documents/).waitFor()

    await goTo(page, "/collections")
    await page.getByRole("button", { name: "New collection" }).click()
    await page.getByLabel("Name").fill("archive")
    await page.getByRole("button", { name: "Make it" }).click()
    await page.getByRole("link", { name: "archive" }).waitFor()
    await page.getByRole("button", { name: "Remove", exact: true }).click()
    await page.getByRole("button", { name: "Remove with all documents" }).click()
    await page.getByRole("link", { name: "archive" }).waitFor({ state: "detached" })
    await close()
  })

  test("two runs stand side by side, with a verdict for each metric and the plots as a table", async () => {
    const { page, close } = await open("/evaluations")
    await page.locator("figure canvas").nth(1).waitFor()
    await page.getByRole("row").filter({ hasText: "retrieval.ndcg10" }).getByText("better").waitFor()
    await page.getByLabel("Now").selectOption({ index: 1 })
    await page.getByText("Choose two different runs.").waitFor()
    await close()
  })

  test.each([
    { theme: "light", width: 1280 },
    { theme: "dark", width: 1280 },
    { theme: "light", width: 390 },
    { theme: "dark", width: 390 },
  ] as const)("have no serious finding, and nothing that runs over the side: $theme, $width px", async (options) => {
    const { page, close } = await open("/documents", options)
    await give(page, "drill.txt", "Drills are cleaned every day.")
    await uploads(page)
      .getByText(/Searchable\.|searchable already/)
      .waitFor()
    for (const view of ["documents", "folders", "queue", "collections", "models", "health", "evaluations"]) {
      await goTo(page, `/${view}`)
      await page.getByRole("heading", { level: 1 }).waitFor()
      await page.waitForLoadState("networkidle")
      const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect([view, await seriousFindings(page), Math.max(0, width)]).toEqual([view, [], 0])
    }
    await close()
  })
})

describe(`a list of ${MANY} documents`, () => {
  let many: PageServer
  const data = join(folder.path, "many")

  beforeAll(async () => {
    if (noBrowser !== undefined) return
    await writeManyDocuments(data, MANY)
    many = await startPageServer({ environment: { IBID_DATA: data } })
  })
  afterAll(() => many?.close())

  test(`scrolls with frames of at most ${FRAME_P95_MS} ms at the 95th percentile, is searched, and is walked by keyboard`, async () => {
    const { page, close } = await openPage(browser, many)
    page.setDefaultTimeout(SLOWEST_MS)
    await page.goto(`${many.address}/#/documents`)
    await page.getByText("10,000 documents").waitFor()
    await page.getByRole("link", { name: "report-000000" }).waitFor()
    // what else the machine does can only make frames longer: the best of some passes is the page's own
    const passes: (readonly number[])[] = []
    const processorMs = await processorClock(page)
    for (let pass = 0; pass < PASSES; pass++) passes.push(await scroll(page, pass % 2 === 0 ? STEP_PX : -STEP_PX))
    const frameMs = (await processorMs()) / (PASSES * FRAMES)
    const at = (share: number) =>
      Math.min(...passes.map((frames) => Math.round(frames[Math.floor(frames.length * share)] ?? Number.NaN)))
    const measured = `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, ${frameMs.toFixed(1)} ms of processor time`
    process.stderr.write(`Frames while scrolling: ${measured} each\n`)
    expect(frameMs).toBeGreaterThan(0)
    expect(frameMs).toBeLessThanOrEqual(FRAME_PROCESSOR_MS)
    const [load = 0] = loadavg()
    if (load <= 2 * availableParallelism()) expect(at(0.95)).toBeLessThanOrEqual(FRAME_P95_MS)
    else
      process.stderr.write(`The 95th percentile was not judged: others want the processor (load ${load.toFixed(1)})\n`)

    const rows = await page.getByRole("row").count()
    expect(rows).toBeLessThan(60)
    await page.getByLabel("Search by name").fill("report-009999")
    await page.getByText("1 document", { exact: true }).waitFor()
    await page.getByRole("link", { name: "Report 009999 of the archive" }).waitFor()
    await page.getByLabel("Search by name").fill("")
    await page.getByText("10,000 documents").waitFor()
    await page.getByRole("link", { name: "report-000000" }).focus()
    await page.keyboard.press("ArrowDown")
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toBe("Report 000001 of the archive")
    await close()
  })
})

/** Times between frames while the list scrolls by so much in each, rising. */
async function scroll(page: Page, stepPx: number): Promise<readonly number[]> {
  return await page.getByTestId("document-rows").evaluate(
    async (list, [frames, step]) => {
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
      const times: number[] = []
      let former = await frame()
      for (let count = 0; count < frames; count++) {
        list.scrollTop += step
        const now = await frame()
        times.push(now - former)
        former = now
      }
      return times.toSorted((left, right) => left - right)
    },
    [FRAMES, stepPx] as const,
  )
}

/** Tells the processor time of the page's main thread from now on. */
async function processorClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send("Performance.enable", { timeDomain: "threadTicks" })
  const now = async () => {
    const { metrics } = await session.send("Performance.getMetrics")
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1_000
  }
  const begun = await now()
  return async () => (await now()) - begun
}
