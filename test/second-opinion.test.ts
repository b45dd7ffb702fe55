import { describe, expect, test } from "vitest"
import type { HeldRoles } from "../src/core/roles.ts"
import type { Passage } from "../src/core/types.ts"
import type { ScoredEvidence } from "../src/generation/evidence.ts"
import { pick, secondOpinion, verdictsOn } from "../src/generation/second-opinion.ts"
import { support } from "../src/generation/support.ts"
import { createFakeGenerator, type FakeWeights } from "./support/fake-generator.ts"

const QUESTION = "How much is it?"
const BEFORE = support([{ answerable: 0, sentences: [] }], [0.5], [0.3])
const CENTRE = 0
const NONE: HeldRoles = { isWriter: true, verifier: null, ranker: null }
const verifier = (sentenceWeight = 0): HeldRoles => ({
  ...NONE,
  verifier: { weight: 2, centre: CENTRE, sentenceWeight },
})

const evidence = (...quotes: string[]): ScoredEvidence[] =>
  quotes.map(
    (quote, place) =>
      ({
        quote,
        score: 2 - place / 10,
        passage: { title: "Prices" } as Passage,
        covered: [],
      }) as unknown as ScoredEvidence,
  )

const opinionOf = (quotes: string[], roles: HeldRoles, weights: FakeWeights) => {
  const generator = createFakeGenerator([], weights)
  const before = { evidence: evidence(...quotes), support: BEFORE }
  return { generator, opinion: secondOpinion(QUESTION, before, { generator, roles }, undefined) }
}

/** Says yes to sentences that hold the word, and no to others, nine to one. */
const yesTo =
  (word: string): FakeWeights =>
  ([, message]) =>
    message?.content.includes(word) === true ? [9, 1] : [1, 9]

describe("secondOpinion()", () => {
  test("asks nothing of a model that is writer alone", async () => {
    const { generator, opinion } = opinionOf(["It is 5."], NONE, () => [1, 0])
    expect(await opinion).toMatchObject({ support: BEFORE, opinion: null })
    expect(generator.requests).toEqual([])
  })

  test("adds weight times log-odds to the score of support, with one question about the best sentence", async () => {
    const { generator, opinion } = opinionOf(["It is 5.", "It is blue."], verifier(), yesTo("5"))
    const { support: after } = await opinion
    expect(after.score).toBeCloseTo(BEFORE.score + 2 * Math.log(9))
    expect([BEFORE.isEnough, after.isEnough]).toEqual([false, true])
    expect(after.confidence).toBeGreaterThan(BEFORE.confidence)
    expect(generator.requests).toHaveLength(1)
    expect(generator.requests[0]?.at(-1)?.content).toContain("Passage: Prices: It is 5.\n")
  })

  test("a no takes support away", async () => {
    const { support: after } = await opinionOf(["It is blue."], verifier(), yesTo("5")).opinion
    expect(after.score).toBeCloseTo(BEFORE.score - 2 * Math.log(9))
  })

  test("puts a sentence first that the verifier prefers, and judges support by that one", async () => {
    const { generator, opinion } = opinionOf(
      ["It is blue.", "It is 5.", "It is big.", "It is 6."],
      verifier(0.1),
      yesTo("5"),
    )
    const after = await opinion
    expect(after.evidence.map(({ quote }) => quote)).toEqual(["It is 5.", "It is blue.", "It is big.", "It is 6."])
    expect(after.support.score).toBeCloseTo(BEFORE.score + 2 * Math.log(9))
    expect(after.opinion?.verdicts).toHaveLength(2)
    expect(generator.requests).toHaveLength(2)
  })

  test("puts the choice of a ranker first, which is asked twice, with the list turned round", async () => {
    const choose: FakeWeights = ([message], choices) =>
      choices.map((number) => (message?.content.includes(`${number}. Prices: It is 5.`) === true ? 9 : 1))
    const roles = { ...NONE, ranker: { weight: 0.2 } }
    const { generator, opinion } = opinionOf(["It is blue.", "It is big.", "It is 5."], roles, choose)
    const after = await opinion
    expect(after.evidence[0]?.quote).toBe("It is 5.")
    expect(after).toMatchObject({ support: BEFORE, opinion: { verdicts: [] } })
    expect(generator.requests).toHaveLength(2)
  })

  test("changes nothing where the engine does not tell probabilities", async () => {
    const roles = { ...verifier(0.1), ranker: { weight: 0.2 } }
    const { opinion } = opinionOf(["It is blue.", "It is 5."], roles, () => null)
    expect(await opinion).toMatchObject({ support: BEFORE, opinion: null })
    expect((await opinion).evidence.map(({ quote }) => quote)).toEqual(["It is blue.", "It is 5."])
  })

  test("leaves support alone where there is no reader", async () => {
    const before = { evidence: evidence("It is 5."), support: support([], [0.4], [0.3]) }
    const generator = createFakeGenerator([], yesTo("5"))
    const after = await secondOpinion(QUESTION, before, { generator, roles: verifier() }, undefined)
    expect(after.support).toEqual(before.support)
  })
})

describe("verdictsOn()", () => {
  test("is bounded, however sure the model is", async () => {
    const sure = createFakeGenerator([], () => [1, 1e-300])
    expect(await verdictsOn(QUESTION, ["It is 5."], sure, undefined)).toEqual([6])
  })
})

describe("pick()", () => {
  test("a liking for a place cancels out, and shows as the same place twice", async () => {
    const first = createFakeGenerator([], (_, choices) => choices.map((_choice, place) => (place === 0 ? 7 : 1)))
    const picked = await pick(QUESTION, ["a", "b", "c", "d"], first, undefined)
    expect(picked?.places).toEqual([0, 0])
    expect(picked?.shares[0]).toBeCloseTo(picked?.shares[3] ?? 0)
  })

  test("has nothing to choose among fewer than two", async () => {
    expect(await pick(QUESTION, ["a"], createFakeGenerator([]), undefined)).toBeNull()
  })
})
