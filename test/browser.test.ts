import type { Browser } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { noBrowser, openBrowser, openPage, type PageServer, startPageServer } from "./support/browser.ts"

describe("the page", () => {
  let server: PageServer
  let browser: Browser

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

  test("the printed address signs in, and the key leaves the address", async () => {
    const { page, close } = await openPage(browser, server)
    await page.getByRole("navigation", { name: "Places" }).waitFor()
    expect(page.url()).toBe(`${server.address}/#/`)
    await page.goBack()
    expect(page.url()).not.toContain(server.key)
    await close()
  })

  test("without a session there is one field, which says where the key is found, and takes it", async () => {
    const { page, close } = await openPage(browser, server, { isSignedIn: false, allowed: [/401/] })
    await page.getByText("was shown once").waitFor()
    await page.getByLabel("Key", { exact: true }).fill("ibid_wrong")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByText("This key is not known").waitFor()
    await page.getByLabel("Key", { exact: true }).fill(server.key)
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("navigation", { name: "Places" }).waitFor()
    await page.reload()
    await page.getByRole("navigation", { name: "Places" }).waitFor()
    await close()
  })
  test("a question brings quotes that were checked, and a quote opens its source", async () => {
    await server.add("hr/leave.md", "# Leave\n\nParents get 16 weeks of paid leave, counted from a birth.\n")
    const { page, close } = await openPage(browser, server)
    await page.getByLabel("Your question").fill("How many weeks of leave do parents get?")
    await page.keyboard.press("Enter")
    const quote = page.getByRole("button", { name: /Parents get 16 weeks of paid leave/ }).first()
    await quote.getByText("quote checked").waitFor()
    await quote.click()
    await page.getByRole("region", { name: "Source" }).getByText("Parents get 16 weeks").first().waitFor()
    await close()
  })
})
