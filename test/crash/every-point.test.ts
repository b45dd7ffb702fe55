import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type PreparedScene, play, prepareScenes } from "../support/crash-play.ts"
import { SCENARIOS } from "../support/crash-scenarios.ts"
import { temporaryFolder } from "../support/folder.ts"

describe("a process that ends at a named point, the first time it comes by", () => {
  let prepared: PreparedScene
  beforeAll(async () => {
    prepared = await prepareScenes()
  })
  afterAll(() => prepared.dispose())

  test.each(SCENARIOS)("$point", async (scenario) => {
    expect(await play(scenario, 1, prepared, temporaryFolder())).toEqual({ isReached: true, violations: [] })
  })
})
