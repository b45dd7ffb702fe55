import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { CRASH_POINTS } from "../../src/core/crash-point.ts"
import { packageRoot } from "../../src/core/package-root.ts"

test("CRASH_POINTS names the points that stand in the code, all of them and no other", () => {
  const sources = ["src", "ingest"].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(packageRoot, folder, name), "utf8")),
  )
  const inCode = sources.flatMap((source) => [...source.matchAll(/crashPoint\("([a-z-]+)"\)/g)].map(([, name]) => name))
  expect([...new Set(inCode)].sort()).toEqual([...CRASH_POINTS].sort())
})
