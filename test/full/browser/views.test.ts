import axe from "axe-core"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { noBrowser, openBrowser, openPage, type PageServer, startPageServer } from "../../support/browser.ts"
import { openView, prepareViews, type View, viewsOf } from "../../support/views.ts"

const SERIOUS = ["serious", "critical"]

let server: PageServer
let browser: Browser
let views: readonly View[] = []

beforeAll(async () => {
  if (noBrowser !== undefined) return
  server = await startPageServer({ sample: true })
  browser = await openBrowser()
  views = viewsOf(await prepareViews(server))
})
beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser))
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Findings that keep people out, a line each. The checker is not the page's script: it comes in by the debugger. */
async function findingsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ""))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")} ${failureSummary}`),
    )
}

describe("every view", () => {
  test.each([
    { theme: "light", width: 1280 },
    { theme: "dark", width: 1280 },
    { theme: "light", width: 390 },
    { theme: "dark", width: 390 },
  ] as const)(
    "has no serious finding, no word in the console and no request to elsewhere: $theme, $width px",
    async (options) => {
      const { page, close } = await openPage(browser, server, options)
      for (const view of views) {
        await openView(page, server, view)
        expect({ view: view.name, findings: await findingsOf(page) }).toEqual({ view: view.name, findings: [] })
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect({ view: view.name, overflow: Math.max(overflow, 0) }).toEqual({ view: view.name, overflow: 0 })
      }
      await close()
    },
  )

  test("of the sign-in has no serious finding in either theme", async () => {
    for (const theme of ["light", "dark"] as const) {
      const { page, close } = await openPage(browser, server, { theme, isSignedIn: false })
      await page.getByLabel("Key", { exact: true }).waitFor()
      expect(await findingsOf(page)).toEqual([])
      await close()
    }
  })

  test("takes the theme that was chosen, and keeps it", async () => {
    const { page, close } = await openPage(browser, server, { theme: "light" })
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await ground()
    await page.getByTestId("theme").first().selectOption("dark")
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload()
    await page.getByRole("main").waitFor()
    expect(await ground()).toBe(dark)
    await close()
  })

  test("comes with a first load of at most 250 KB", async () => {
    const { page, close } = await openPage(browser, server)
    await page.getByLabel("Your question").waitFor()
    const bytes = await page.evaluate(() =>
      [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
        .map((entry) => (entry as PerformanceResourceTiming).encodedBodySize)
        .reduce((sum, size) => sum + size, 0),
    )
    process.stderr.write(`First load: ${Math.round(bytes / 1024)} KB\n`)
    expect(bytes).toBeLessThanOrEqual(250 * 1024)
    await close()
  })
})
