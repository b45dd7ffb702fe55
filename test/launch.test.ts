import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { launch } from "../src/launch.ts"
import { temporaryFolder } from "./support/folder.ts"

/** What stands in the environment of the program, which prints it in place of all that it does. */
async function settingsOf(environment: Record<string, string>): Promise<Record<string, string>> {
  const script = join(temporaryFolder(), "print.cjs")
  writeFileSync(script, "require('node:fs').writeSync(1, JSON.stringify(process.env)); process.exit()")
  const child = launch(["serve"], {
    stdio: ["ignore", "pipe", "inherit"],
    environment: { PATH: process.env["PATH"], NODE_OPTIONS: `--require ${script}`, ...environment },
  })
  let output = ""
  child.stdout?.on("data", (piece: Buffer) => {
    output += piece.toString()
  })
  await new Promise((resolve) => child.once("close", resolve))
  const all = JSON.parse(output) as Record<string, string>
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith("MALLOC_")))
}

test("launch() lets the C library keep little of what native code frees", async () => {
  expect(await settingsOf({})).toEqual({
    MALLOC_ARENA_MAX: "2",
    MALLOC_TRIM_THRESHOLD_: "1048576",
    MALLOC_MMAP_THRESHOLD_: "1048576",
  })
})

test("launch() leaves what the owner has set", async () => {
  expect(await settingsOf({ MALLOC_ARENA_MAX: "5" })).toMatchObject({ MALLOC_ARENA_MAX: "5" })
})
