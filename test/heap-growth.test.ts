import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { packageRoot } from "../src/core/package-root.ts"

const module = join(packageRoot, "dist", "src", "core", "heap-growth.js")

/** Some 30 MB live, and each object becomes old before another takes its place. Prints the most that the heap had, MB. */
const churn = `
  import { getHeapStatistics } from "node:v8"
  const living = []
  let peak = 0
  for (let turn = 0; turn < 20_000; turn++) {
    living[turn % 3_000] = new Array(1_250).fill(turn + 0.5)
    if (turn % 100 === 0) peak = Math.max(peak, getHeapStatistics().total_physical_size)
  }
  console.log(peak / 2 ** 20)
`

async function peakMb(before: string): Promise<number> {
  const script = ["--input-type=module", "--eval", `${before}\n${churn}`]
  return Number((await promisify(execFile)(process.execPath, script)).stdout)
}

test("limitHeapGrowth() keeps the heap near to what lives in it", async () => {
  const free = await peakMb("")
  const limited = await peakMb(`import { limitHeapGrowth } from ${JSON.stringify(module)}\nlimitHeapGrowth()`)
  expect(limited).toBeLessThan(free * 0.75)
})
