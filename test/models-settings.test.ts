import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { PullProgress } from "../src/core/models.ts"
import { packageIndexes } from "../src/engine/models/pip-settings.ts"
import { createProgressReport } from "../src/engine/models/progress.ts"
import { proxyFor } from "../src/engine/models/proxy.ts"
import { temporaryFolder } from "./support/folder.ts"

function configured(content: string, path = join(temporaryFolder(), "pip.conf")): string {
  mkdirSync(join(path, ".."), { recursive: true })
  writeFileSync(path, content)
  return path
}

describe("packageIndexes()", () => {
  test("takes the variables before the files", () => {
    const own = configured("[global]\nindex-url = https://file.example/simple\ncert = /file.pem\n")
    const indexes = packageIndexes({
      ...{ PIP_CONFIG_FILE: own, PIP_INDEX_URL: "https://one.example/simple" },
      ...{ PIP_EXTRA_INDEX_URL: "https://two.example/simple https://three.example/simple", PIP_FIND_LINKS: "/wheels" },
    })
    expect(indexes.addresses).toEqual(["one", "two", "three"].map((name) => `https://${name}.example/simple`))
    expect(indexes.links).toEqual(["/wheels"])
    expect(indexes.certificates).toBe("/file.pem")
  })

  test("reads pip's form: comments, both signs, lists over several lines, underscores", () => {
    const own = configured(
      "# ours\n[global]\nindex_url: https://a.example/simple\nextra-index-url =\n    https://b.example/simple\n    # c\n    https://d.example/simple\n[list]\nindex-url = https://no.example\n",
    )
    expect(packageIndexes({ PIP_CONFIG_FILE: own }).addresses).toEqual(
      ["a", "b", "d"].map((name) => `https://${name}.example/simple`),
    )
  })

  test("lets a command's section win over the global one, wherever it stands", () => {
    const own = configured("[install]\nindex-url = https://i.example\n[global]\nindex-url = https://g.example\n")
    expect(packageIndexes({ PIP_CONFIG_FILE: own }).addresses).toEqual(["https://i.example"])
  })

  test("reads the user's file and the virtual environment's, which wins", () => {
    const home = temporaryFolder()
    configured("[global]\nindex-url = https://user.example\n", join(home, ".config", "pip", "pip.conf"))
    expect(packageIndexes({ HOME: home }).addresses).toEqual(["https://user.example"])
    const virtual = temporaryFolder()
    configured("[global]\nindex-url = https://venv.example\n", join(virtual, "pip.conf"))
    expect(packageIndexes({ HOME: home, VIRTUAL_ENV: virtual }).addresses).toEqual(["https://venv.example"])
  })

  test("has no index when pip has none", () => {
    expect(packageIndexes({ PIP_CONFIG_FILE: "/dev/null", PIP_NO_INDEX: "1" }).addresses).toEqual([])
    // else at most the one that an installed pip falls back to
    expect(packageIndexes({ PIP_CONFIG_FILE: "/dev/null" }).addresses.length).toBeLessThanOrEqual(1)
  })
})

describe("proxyFor()", () => {
  const environment = { HTTPS_PROXY: "http://proxy.example:3128", NO_PROXY: "localhost,.inside.example, 10.0.0.1" }
  test.each([
    ["https://outside.example/", "http://proxy.example:3128/"],
    ["http://outside.example/", undefined],
    ["https://localhost:8080/", undefined],
    ["https://a.inside.example/", undefined],
    ["https://notinside.example/", "http://proxy.example:3128/"],
  ])("for %s is %s", (address, proxy) => {
    expect(proxyFor(new URL(address), environment)?.href).toBe(proxy)
  })
})

describe("createProgressReport()", () => {
  function open(totalBytes: number) {
    let clock = 0
    const seen: PullProgress[] = []
    const report = createProgressReport(
      totalBytes,
      (progress) => seen.push(progress),
      () => clock,
    )
    return {
      seen,
      at(ms: number, bytes: number) {
        clock = ms
        report(bytes)
      },
    }
  }

  test("speaks at most five times a second, and at the end", () => {
    const { seen, at } = open(1_000)
    for (let ms = 0; ms < 1_000; ms++) at(ms, ms)
    at(1_000, 1_000)
    expect(seen.length).toBeLessThanOrEqual(7)
    expect(seen.at(-1)).toMatchObject({ doneBytes: 1_000, totalBytes: 1_000, secondsLeft: 0 })
  })

  test("tells the speed of the last seconds and the time left by it", () => {
    const { seen, at } = open(100_000)
    at(0, 0)
    expect(seen.at(-1)?.secondsLeft).toBeNull()
    at(20_000, 1_000) // a slow begin, or a pause
    for (let ms = 21_000; ms <= 30_000; ms += 1_000) at(ms, 1_000 + (ms - 20_000))
    expect(seen.at(-1)?.bytesPerSecond).toBeCloseTo(1_000)
    expect(seen.at(-1)?.secondsLeft).toBeCloseTo(89)
  })

  test("begins anew when another source does", () => {
    const { seen, at } = open(1_000)
    at(0, 500)
    at(1_000, 100)
    at(2_000, 200)
    expect(seen.at(-1)?.bytesPerSecond).toBeCloseTo(100)
  })
})
