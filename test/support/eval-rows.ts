import { readFileSync } from "node:fs"
import { join } from "node:path"
import { packageRoot } from "../../src/core/package-root.ts"

/** The rows of a file below `data/eval`, one JSON value a line. */
export function evalRows<Row>(name: string): Row[] {
  const lines = readFileSync(join(packageRoot, "data", "eval", name), "utf8")
    .trim()
    .split("\n")
  return lines.map((line) => JSON.parse(line))
}
