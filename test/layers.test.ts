import { execFile } from "node:child_process"
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { packageRoot } from "../src/core/package-root.ts"
import { temporaryFolder } from "./support/folder.ts"

const cruiser = join(packageRoot, "node_modules", ".bin", "depcruise")

/** Runs the rules in a folder; the exit code is the number of errors. */
async function cruise(folder: string): Promise<{ code: number; modules: number; violations: string[] }> {
  const args = [cruiser, "--config", "test/layers.cjs", "--output-type", "err-long", "src", "ingest"]
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const output = stdout + stderr
      resolve({
        code: typeof error?.code === "number" ? error.code : 0,
        modules: Number(/(\d+) modules/.exec(output)?.[1] ?? 0),
        violations: [...output.matchAll(/error ([\w-]+): /g)].map(([, rule]) => rule ?? ""),
      })
    })
  })
}

/** A small tree of the same layout, with files as given. */
function tree(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  for (const name of ["package.json", "tsconfig.json"]) cpSync(join(packageRoot, name), join(folder, name))
  mkdirSync(join(folder, "test"))
  cpSync(join(packageRoot, "test", "layers.cjs"), join(folder, "test", "layers.cjs"))
  symlinkSync(join(packageRoot, "node_modules"), join(folder, "node_modules"))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

const sound = {
  "src/core/a.ts": "export const a = 1\n",
  "ingest/b.ts": 'import { a } from "../src/core/a.ts"\nexport const b = a\n',
}

test("the import rules hold over the whole tree, which is not empty", async () => {
  const { violations, modules, code } = await cruise(packageRoot)
  expect(violations).toEqual([])
  expect(code).toBe(0)
  expect(modules).toBeGreaterThan(100)
})

test("the import rules pass a small tree that keeps them", async () => {
  expect((await cruise(tree(sound))).violations).toEqual([])
})

/** By rule, a file that breaks it; in one tree, because each run of the rules takes seconds. */
const VIOLATIONS = {
  "layer-core": ["src/core/to-ingest.ts", 'import { b } from "../../ingest/b.ts"\nexport const c = b\n'],
  "layer-retrieval": ["src/retrieval/c.ts", 'import { g } from "../generation/g.ts"\nexport const c = g\n'],
  "owner-sql": ["src/core/to-sql.ts", 'import { sql } from "drizzle-orm"\nexport const c = sql\n'],
  "owner-models": ["src/app/to-lance.ts", 'import { connect } from "@lancedb/lancedb"\nexport const c = connect\n'],
  "owner-hono": ["src/app/to-hono.ts", 'import { Hono } from "hono"\nexport const c = Hono\n'],
  "product-knows-no-test": ["src/core/to-test.ts", 'import { t } from "../../test/t.ts"\nexport const c = t\n'],
  "no-cycles": ["src/core/c.ts", 'import { d } from "./d.ts"\nexport const c = d\n'],
} as const

test("the import rules fail on a violation of each", async () => {
  const { violations, code } = await cruise(
    tree({
      ...sound,
      "src/generation/g.ts": 'import { a } from "../core/a.ts"\nexport const g = a\n',
      "src/core/d.ts": 'import type { c } from "./c.ts"\nexport const d = 1 as unknown as typeof c\n',
      "test/t.ts": "export const t = 1\n",
      ...Object.fromEntries(Object.values(VIOLATIONS)),
    }),
  )
  expect(violations).toEqual(expect.arrayContaining(Object.keys(VIOLATIONS)))
  expect(code).toBeGreaterThan(0)
})
