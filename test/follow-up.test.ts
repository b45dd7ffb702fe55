import { describe, expect, test } from "vitest"
import { completeFollowUp } from "../src/retrieval/follow-up.ts"

const HOLIDAYS = "How many days of holidays do employees get in France?"

describe("completeFollowUp()", () => {
  test.each([
    ["And in Germany?", "How many days of holidays do employees get in Germany?"],
    ["What about Germany?", "How many days of holidays do employees get in Germany?"],
    ["And contractors?", "How many days of holidays do employees get in France: contractors?"],
    ["and for contractors", "How many days of holidays do employees get in France for contractors?"],
  ])("puts %j into the question before it", (question, completed) => {
    expect(completeFollowUp(question, HOLIDAYS)).toBe(completed)
  })

  test("puts a code in the place of a code", () => {
    const former = "What does the part IM-2210-2 of the Bergmann pump cost?"
    expect(completeFollowUp("And SL-118?", former)).toBe("What does the part SL-118 of the Bergmann pump cost?")
  })

  test("adds what a pronoun may stand for", () => {
    const former = "Who approves a travel request above 2,000 euros?"
    expect(completeFollowUp("How long is it valid?", former)).toMatch(/^How long is it valid\? \(.*travel request/)
  })

  test.each([
    "Who signs contracts with suppliers?",
    "Is it allowed to smoke in the warehouse?",
    "And how long may a sabbatical last?",
    "And who signs the contracts of suppliers?",
    "Do employees have to return their laptop and badge before the last working day?",
    "How do I contact IT?",
    "How many holidays are there this year?",
    "Who is on duty these days?",
    "How do employees submit their expenses?",
    "When do employees get their bonus?",
    "Can a supplier change its bank account?",
  ])("leaves %j as it is, for it stands on its own", (question) => {
    expect(completeFollowUp(question, HOLIDAYS)).toBe(question)
  })

  test.each([
    "HOW DO I CONTACT IT?",
    "What does it cost this year?",
    "How expensive is its licence?",
    "Who approves its purchase?",
    "How do I renew their badges?",
    "What do we have to know of its licence?",
    "What is the colour of its cover?",
    "At what pressure must its seal be replaced?",
  ])("adds the topic to %j", (question) => {
    expect(completeFollowUp(question, HOLIDAYS)).toBe(`${question} (days holidays employees France)`)
  })

  test("completes a chain of follow-ups from what was searched with", () => {
    const second = completeFollowUp("And in Germany?", HOLIDAYS)
    expect(completeFollowUp("And in Italy?", second)).toBe("How many days of holidays do employees get in Italy?")
  })

  test("keeps the subject over several turns", () => {
    const first = completeFollowUp("How much does it cost?", "How long is a licence of the CAD program valid?")
    const second = completeFollowUp("Who approves it?", first)
    expect(second).toBe("Who approves it? (licence CAD program valid)")
    expect(completeFollowUp("When does it end?", second)).toBe("When does it end? (licence CAD program valid)")
  })

  test("leaves out brackets of a question that was not completed", () => {
    const former = "Who approves a travel request (over 2,000 euros)?"
    expect(completeFollowUp("How long is it valid?", former)).toBe("How long is it valid? (approves travel request)")
  })

  test("takes time in proportion to the length", () => {
    const started = performance.now()
    completeFollowUp(`and in ${"in ".repeat(3)}`, `${"in a ".repeat(1_600)}`)
    expect(performance.now() - started).toBeLessThan(200)
  })
})
