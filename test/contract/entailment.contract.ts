import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Entailment, EntailmentShares } from "../../src/core/ports.ts"

const PREMISE = "Leave: Parents get 16 weeks of paid leave after the birth of a child."

/** What every model of entailment promises to the rest of Ibid. */
export function describeEntailmentContract(name: string, open: () => Entailment): void {
  describe(`${name} as an Entailment`, () => {
    let entailment: Entailment
    beforeAll(() => {
      entailment = open()
    })
    afterAll(() => entailment.dispose())
    const judge = async (hypothesis: string, premise = PREMISE) => await entailment.judge(premise, hypothesis, {})
    const likeliest = ({ entailment: entailed, neutral, contradiction }: EntailmentShares) =>
      entailed > Math.max(neutral, contradiction) ? "entailment" : neutral > contradiction ? "neutral" : "contradiction"

    test("judge() says which of the three is the case", async () => {
      expect(likeliest(await judge("Parents get 16 weeks of paid leave."))).toBe("entailment")
      expect(likeliest(await judge("The pump turns quickly."))).toBe("neutral")
      expect(likeliest(await judge("Parents do not get 16 weeks of paid leave."))).toBe("contradiction")
    })

    test("judge() gives shares of which the sum is 1, whatever the texts", async () => {
      const odd = ["", "x".repeat(5_000), "word ".repeat(5_000), "\u0000", "🙂", "[SEP] [CLS] [MASK]", "假期是十六周。"]
      for (const text of odd) {
        for (const shares of [await judge(text), await judge("Parents get leave.", text)]) {
          const all = [shares.entailment, shares.neutral, shares.contradiction]
          for (const share of all) expect(share).toBeGreaterThanOrEqual(0)
          expect(all.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
        }
      }
    })

    test("judge() gives the same for the same input", async () => {
      expect(await judge("Parents get leave.")).toEqual(await judge("Parents get leave."))
    })

    test("judge() throws cancelled for a signal that has fired, and works afterwards", async () => {
      const call = entailment.judge(PREMISE, "Parents get leave.", { signal: AbortSignal.abort() })
      await expect(call).rejects.toMatchObject({ code: "cancelled" })
      expect(likeliest(await judge("Parents get paid leave."))).toBe("entailment")
    })
  })
}
