import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type PreparedScene, play, prepareScenes } from "../support/crash-play.ts"
import { MORE_SCENARIOS, SCENARIOS } from "../support/crash-scenarios.ts"
import { temporaryFolder } from "../support/folder.ts"

const PASSES = [1, 2, 3]

describe("RD2: a process that ends at a named point, each of the first three times it comes by", () => {
  let prepared: PreparedScene
  beforeAll(async () => {
    prepared = await prepareScenes()
  })
  afterAll(() => prepared.dispose())

  const runs = [...SCENARIOS, ...MORE_SCENARIOS].flatMap((scenario) => {
    const title = scenario.name === undefined ? scenario.point : `${scenario.point}, ${scenario.name}`
    return PASSES.map((pass) => ({ title, pass, scenario }))
  })
  test.each(runs)("$title, pass $pass", async ({ scenario, pass }) => {
    expect(await play(scenario, pass, prepared, temporaryFolder())).toEqual({ isReached: true, violations: [] })
  })
})
