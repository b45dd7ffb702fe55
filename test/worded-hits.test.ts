import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type AnsweringBase, openAnsweringBase } from "./support/answering-base.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const VERSIONS = [4, 3, 2, 1].flatMap((major) =>
  [5, 4, 3, 2, 1, 0].flatMap((minor) => [4, 3, 2, 1, 0].map((patch) => [major, minor, patch] as const)),
)
/** Small numbers, of which every version number is made, and as many words as make a chunk of each section. */
const section = ([major, minor, patch]: readonly [number, number, number]) =>
  `## Version ${major}.${minor}.${patch}\n\n` +
  `This version changes the export for sites with ${1 + ((major * minor + patch) % 5)} to ${2 + ((major + minor * patch) % 7)} lines. ` +
  `It needs ${1 + (minor % 4)} restarts, ${1 + patch} updates of the panel and ${major} operators. ` +
  "What changed in a version is listed with the number of the ticket and the name of the owner of the module. ".repeat(
    2 + patch,
  ) +
  "\n\n"

const folder = makeTemporaryFolder()
let base: AnsweringBase
beforeAll(async () => {
  base = await openAnsweringBase(folder.path)
  await base.change("changelog.md", `# Changelog of the controller\n\n${VERSIONS.map(section).join("")}`)
}, 120_000)
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

const textsFor = async (question: string) =>
  (await base.kb.search({ question }, { principal: ADMIN })).passages.map(({ text }) => text)

describe("search() for an identifier", () => {
  test("puts the section first that has it, however many hold its numbers", async () => {
    const lost: string[] = []
    for (const version of VERSIONS.map((parts) => parts.join("."))) {
      const [first] = await textsFor(`What changed in version ${version}?`)
      if (first?.includes(`Version ${version}\n`) !== true) lost.push(version)
    }
    expect(lost).toEqual([])
  }, 120_000)

  test("finds each of three", async () => {
    const texts = await textsFor("What is the difference between 4.4.1, 3.2.1 and 2.1.3?")
    for (const version of ["4.4.1", "3.2.1", "2.1.3"])
      expect(texts.slice(0, 3).some((text) => text.includes(`Version ${version}\n`))).toBe(true)
  })
})
