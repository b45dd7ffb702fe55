/**
 * Pictures of every view, at four widths in both themes: `npm run screenshots [-- <folder>]`, without a folder into
 * `.bench/screenshots`.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { packageRoot } from "../../src/core/package-root.ts"
import { noBrowser, openBrowser, openPage, startPageServer } from "../support/browser.ts"
import { openView, prepareViews, viewsOf } from "../support/views.ts"

const SIZES = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1280, height: 900 },
  { width: 1680, height: 1050 },
]
const [folder = join(packageRoot, ".bench", "screenshots")] = process.argv.slice(2)

if (noBrowser !== undefined) throw new Error(`Cannot take pictures: ${noBrowser}`)
mkdirSync(folder, { recursive: true })
const generator = process.env["IBID_GENERATOR"]
const environment = generator === undefined ? {} : { IBID_GENERATOR: generator }
const server = await startPageServer({ sample: true, environment })
const browser = await openBrowser()
try {
  const views = viewsOf(await prepareViews(server))
  for (const theme of ["light", "dark"] as const) {
    for (const size of SIZES) {
      const { page, close } = await openPage(browser, server, { ...size, theme })
      for (const view of views) {
        await openView(page, server, view)
        await page.screenshot({ path: join(folder, `${view.name}-${size.width}-${theme}.png`) })
      }
      await close()
    }
  }
} finally {
  await browser.close()
  await server.close()
}
process.stdout.write(`${folder}\n`)
