import { expect, onTestFinished, test } from "vitest"
import { openSampleBase } from "../support/sample-base.ts"

test("all questions of the sample: quotes are exact, evidence holds the gold sentence for nine in ten", async () => {
  const sample = await openSampleBase()
  onTestFinished(() => sample.dispose())
  const { answers, abstention } = await sample.evaluate({ answers: true })
  expect(answers?.asked).toBeGreaterThan(100)
  expect(answers?.quoteExactness).toBe(1)
  expect(answers?.unsupportedSentences).toBe(0)
  expect(answers?.evidenceRecall5).toBeGreaterThanOrEqual(0.9)
  expect(abstention?.auroc).toBeGreaterThanOrEqual(0.9)
})
