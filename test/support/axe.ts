import axe from "axe-core"
import type { Page } from "playwright-core"

const SERIOUS = ["serious", "critical"]

/** Findings that keep people out, a line each. The checker is not the page's script: it comes in by the debugger. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ""))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`)
}
