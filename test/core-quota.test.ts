import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { quotaCores } from "../src/engine/core-quota.ts"
import { temporaryFolder } from "./support/folder.ts"

function rootWith(group: string, quota: string): string {
  const root = temporaryFolder()
  const folder = join(root, "sys/fs/cgroup", group)
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(root, "proc/self"), { recursive: true })
  writeFileSync(join(root, "proc/self/cgroup"), `1:cpu:/other\n0::${group}\n`)
  writeFileSync(join(folder, "cpu.max"), `${quota}\n`)
  return root
}

describe("quotaCores()", () => {
  test.each([
    ["/", "200000 100000", 2],
    ["/system.slice/ibid.service", "150000 100000", 1.5],
    ["/", "max 100000", Number.POSITIVE_INFINITY],
  ])("reads the quota of the group %s: %s", (group, quota, cores) => {
    expect(quotaCores(rootWith(group, quota))).toBe(cores)
  })

  test("is without bound where there are no control groups", () => {
    expect(quotaCores(temporaryFolder())).toBe(Number.POSITIVE_INFINITY)
  })
})
