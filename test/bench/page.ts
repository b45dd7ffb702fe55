import { percentile } from "../../src/app/metrics.ts"
import { noBrowser, openBrowser, openPage, startPageServer } from "../support/browser.ts"
import { type EvidenceTime, TIMED_QUESTIONS, timeEvidence } from "../support/evidence-time.ts"

const ROUNDS = 5

/** From Enter to evidence on the screen, over the sample, in a browser. Usage: npm run bench page */
async function main(): Promise<string> {
  if (noBrowser !== undefined) return `left out: ${noBrowser}`
  const server = await startPageServer({ sample: true })
  const browser = await openBrowser()
  try {
    const { page, close } = await openPage(browser, server)
    const times: EvidenceTime[] = []
    for (let round = 0; round < ROUNDS; round++) {
      for (const question of TIMED_QUESTIONS) times.push(await timeEvidence(page, server, question))
    }
    await close()
    const of = (name: keyof EvidenceTime, share: number) =>
      Math.round(
        percentile(
          times.map((time) => time[name]),
          share,
        ),
      )
    const [whole, own] = [
      [of("whole", 0.5), of("whole", 0.95)],
      [of("own", 0.5), of("own", 0.95)],
    ]
    return `${times.length} questions, Enter to evidence p50 ${whole[0]} ms, p95 ${whole[1]} ms; of that the page ${own[0]} and ${own[1]} ms`
  } finally {
    await browser.close()
    await server.close()
  }
}

process.stdout.write(`page       ${await main()}\n`)
