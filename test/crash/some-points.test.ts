import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type PreparedScene, play, prepareScenes } from "../support/crash-play.ts"
import { SCENARIOS } from "../support/crash-scenarios.ts"
import { temporaryFolder } from "../support/folder.ts"

/** After each kind of store was written; `test/full/crash-points.test.ts` has every point, three times each. */
const POINTS = ["chunks-stored", "index-committed", "published", "removed-from-index"]

describe("a process that ends at a named point, the first time it comes by", () => {
  let prepared: PreparedScene
  beforeAll(async () => {
    prepared = await prepareScenes()
  })
  afterAll(() => prepared.dispose())

  const scenarios = SCENARIOS.filter(({ point }) => POINTS.includes(point))

  test("the points are known", () => {
    expect(scenarios.map(({ point }) => point).sort()).toEqual(POINTS.toSorted())
  })

  test.each(scenarios)("$point", async (scenario) => {
    expect(await play(scenario, 1, prepared, temporaryFolder())).toEqual({ isReached: true, violations: [] })
  })
})
