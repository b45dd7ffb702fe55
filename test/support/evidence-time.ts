import type { Page } from "playwright-core"
import type { PageServer } from "./browser.ts"

/** Questions to the sample's documents. */
export const TIMED_QUESTIONS: readonly string[] = [
  "How many days of annual leave do full-time employees get in 2026?",
  "Until when must carried-over leave be taken now?",
  "How many weeks of parental leave do employees get?",
  "How long is the period of notice?",
  "What is the budget of the test bench?",
  "How much of the pay is paid during parental leave?",
  "What has to be given back on the last day?",
]

export interface EvidenceTime {
  /** Milliseconds from Enter until evidence is on the screen, as the page has measured it. */
  readonly whole: number
  /** Of that, what the page has added to the server's. */
  readonly own: number
}

/** Asks one question on a new page of the box. */
export async function timeEvidence(page: Page, server: PageServer, question: string): Promise<EvidenceTime> {
  await page.goto(`${server.address}/#/`)
  await page.evaluate(() => {
    performance.clearMeasures()
    performance.clearResourceTimings()
  })
  await page.getByLabel("Your question").fill(question)
  await page.keyboard.press("Enter")
  const measured = await page.waitForFunction(() => {
    const asked = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/api/ask"))
    const whole = performance.getEntriesByName("ibid-evidence")[0]?.duration
    if (!(asked instanceof PerformanceResourceTiming) || whole === undefined) return undefined
    return { whole, own: whole - (asked.responseStart - asked.requestStart) }
  })
  return (await measured.jsonValue()) ?? { whole: Number.NaN, own: Number.NaN }
}
