import { describe, expect, test } from "vitest"
import { lastAnswer } from "../src/app/answer.ts"
import { type ErrorCode, IbidError } from "../src/core/errors.ts"
import { type HeldRoles, UNMEASURED } from "../src/core/roles.ts"
import { LEAVE, openAnsweringBase } from "./support/answering-base.ts"
import { createFakeGenerator, type FakeGenerator, type FakeWeights } from "./support/fake-generator.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const LEAVE_QUESTION = "How many weeks of paid leave do parents get?"
const VERIFIER: HeldRoles = {
  isWriter: true,
  verifier: { weight: 20, centre: 0, sentenceWeight: 0 },
  ranker: null,
}

const saying =
  (yes: number, no: number): FakeWeights =>
  () => [yes, no]

async function withModel(roles: HeldRoles, weights: FakeWeights, work: (own: Own) => Promise<void>): Promise<void> {
  await withGenerator(createFakeGenerator(["Parents get 16 weeks of paid leave."], weights), roles, work)
}

async function withGenerator(
  generator: FakeGenerator,
  roles: HeldRoles,
  work: (own: Own) => Promise<void>,
): Promise<void> {
  const own = await openAnsweringBase(temporaryFolder(), { generator, roles })
  try {
    await work({ ...own, generator })
  } finally {
    await own.kb.dispose()
  }
}

type Own = Awaited<ReturnType<typeof openAnsweringBase>> & {
  readonly generator: ReturnType<typeof createFakeGenerator>
}

describe("answer() with a verifier", () => {
  test("abstains on its no before anything is written, and the receipt says why", async () => {
    await withModel(VERIFIER, saying(1, 99), async ({ ask, kb, generator }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given).toMatchObject({
        status: "abstained",
        reason: "weak-evidence",
        evidence: [{ quote: LEAVE }, {}, {}],
      })
      expect(generator.requests).toHaveLength(1)
      const { models, trace, written } = await kb.getAnswer(given.id, { principal: ADMIN })
      expect(models.generator).toMatchObject({ id: "fake-generator", roles: ["writer", "verifier"] })
      expect(trace.opinion?.verdicts).toEqual([-4.5951])
      expect([trace.support.isEnough, written]).toEqual([false, null])
    })
  })

  test("is surer with its yes than without a verifier", async () => {
    let alone = 0
    await withModel({ ...VERIFIER, verifier: null }, saying(99, 1), async ({ ask, kb }) => {
      const given = await ask(LEAVE_QUESTION)
      alone = given.confidence
      expect((await kb.getAnswer(given.id, { principal: ADMIN })).trace).not.toHaveProperty("opinion")
    })
    await withModel(VERIFIER, saying(99, 1), async ({ ask }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given).toMatchObject({ status: "answered", mode: "generated" })
      expect(given.confidence).toBeGreaterThan(alone)
    })
  })

  test("asks it nothing where quotes alone are wanted", async () => {
    await withModel(VERIFIER, saying(1, 99), async ({ ask, generator }) => {
      expect(await ask({ question: LEAVE_QUESTION, generate: false })).toMatchObject({ status: "answered" })
      expect(generator.requests).toEqual([])
    })
  })

  test("that is no writer leaves the answer to quotes", async () => {
    await withModel({ ...VERIFIER, isWriter: false }, saying(99, 1), async ({ ask, kb, generator }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given).toMatchObject({ status: "answered", mode: "extractive", model: { generator: "fake-generator" } })
      expect(generator.requests).toHaveLength(1)
      expect((await kb.getAnswer(given.id, { principal: ADMIN })).models.generator?.roles).toEqual(["verifier"])
    })
  })

  test("gives the same text and the same opinion when its answer is replayed", async () => {
    await withModel(VERIFIER, saying(1, 99), async ({ ask, kb }) => {
      const { id } = await ask(LEAVE_QUESTION)
      expect(await kb.replayAnswer(id, { principal: ADMIN })).toMatchObject({ isSameText: true, changes: [] })
    })
  })
})

describe("answer() with a ranker", () => {
  test("answers from the sentence that it chose", async () => {
    const choose: FakeWeights = ([message], choices) =>
      choices.map((number) => (new RegExp(`^${number}\\. .*newton`, "m").test(message?.content ?? "") ? 99 : 1))
    const roles: HeldRoles = { isWriter: false, verifier: null, ranker: { weight: 5 } }
    await withModel(roles, choose, async ({ ask, kb }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given.evidence[0]?.quote).toContain("newton metres")
      expect((await kb.getAnswer(given.id, { principal: ADMIN })).trace.opinion?.picks).toHaveLength(3)
    })
  })
})

describe("answer() where the model refuses", () => {
  const throwing = (code: ErrorCode) => (): never => {
    throw new IbidError(code, "Cannot answer now")
  }

  test("to write now goes on in quotes and says so, in the receipt too; a replay says that it was left out", async () => {
    let isBusy = true
    const generator = createFakeGenerator(() =>
      isBusy ? throwing("overloaded")() : ["Parents get 16 weeks of paid leave."],
    )
    await withGenerator(generator, UNMEASURED, async ({ ask, kb }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given).toMatchObject({ status: "answered", mode: "extractive", text: `“${LEAVE}” [1]` })
      expect(given.warnings).toMatchObject([{ code: "model-busy" }])
      const { answer, prompt } = await kb.getAnswer(given.id, { principal: ADMIN })
      expect([answer, prompt]).toEqual([given, null])
      isBusy = false
      const { changes } = await kb.replayAnswer(given.id, { principal: ADMIN })
      expect(changes).toMatchObject([{ what: "model-skipped", before: "model-busy", now: null }, { what: "prompt" }])
    })
  })

  test("a prompt that is too long goes on in quotes and says so; a replay does the same", async () => {
    const generator = createFakeGenerator(["Parents get 16 weeks of paid leave."], () => null, 90)
    await withGenerator(generator, UNMEASURED, async ({ ask, kb }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given).toMatchObject({ status: "answered", mode: "extractive", warnings: [{ code: "context-exceeded" }] })
      const again = await kb.replayAnswer(given.id, { principal: ADMIN })
      expect(again).toMatchObject({ isSameText: true, changes: [], answer: { warnings: given.warnings } })
    })
  })

  test("its verdict goes on in quotes without asking it to write", async () => {
    await withModel(VERIFIER, throwing("overloaded"), async ({ ask, kb, generator }) => {
      const given = await ask(LEAVE_QUESTION)
      expect(given).toMatchObject({ status: "answered", mode: "extractive", warnings: [{ code: "model-busy" }] })
      expect(generator.requests).toHaveLength(1)
      expect((await kb.getAnswer(given.id, { principal: ADMIN })).trace).not.toHaveProperty("opinion")
    })
  })

  test.each(["model-missing", "model-damaged", "model-unavailable", "invalid-request"] as const)(
    "for another reason fails with it: %s",
    async (code) => {
      await withModel(VERIFIER, throwing(code), async ({ ask }) => {
        await expect(ask(LEAVE_QUESTION)).rejects.toMatchObject({ code })
      })
    },
  )

  test("is cancelled where the question was", async () => {
    const controller = new AbortController()
    const weights = () => {
      controller.abort()
      return throwing("overloaded")()
    }
    await withModel(VERIFIER, weights, async ({ kb }) => {
      const call = { principal: ADMIN, signal: controller.signal }
      await expect(lastAnswer(kb.ask({ question: LEAVE_QUESTION }, call))).rejects.toMatchObject({ code: "cancelled" })
    })
  })
})
