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
  /** Of that, from the last byte of the evidence on. */
  readonly own: number
}

/** Asks one question on a new page of the box. */
export async function timeEvidence(page: Page, server: PageServer, question: string): Promise<EvidenceTime> {
  await page.goto(`${server.address}/#/`)
  await page.evaluate(() => {
    performance.clearMeasures()
    performance.clearMarks()
  })
  await page.getByLabel("Your question").fill(question)
  await page.keyboard.press("Enter")
  const measured = await page.waitForFunction(() => {
    const startOf = (name: string) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN
    const whole = performance.getEntriesByName("ibid-evidence")[0]?.duration
    return whole === undefined ? undefined : { whole, own: whole - (startOf("ibid-received") - startOf("ibid-asked")) }
  })
  return (await measured.jsonValue()) ?? { whole: Number.NaN, own: Number.NaN }
}
