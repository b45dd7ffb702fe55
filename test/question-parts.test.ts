import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { packageRoot } from "../src/core/package-root.ts"
import { splitQuestion } from "../src/retrieval/question-parts.ts"

const said = (question: string) => splitQuestion(question).map((part) => part.said)

describe("splitQuestion()", () => {
  test.each([
    [
      "How tight are the bolts and which oil does the pump take?",
      ["How tight are the bolts?", "which oil does the pump take?"],
    ],
    ["What does a licence cost, and how long is it valid?", ["What does a licence cost?", "how long is it valid?"]],
    ["When is the shop open? Who has the keys?", ["When is the shop open?", "Who has the keys?"]],
    ["Who signs the contract; where is it kept?", ["Who signs the contract?", "where is it kept?"]],
    ["What is the deposit and is it paid back?", ["What is the deposit?", "is it paid back?"]],
    [
      "Please tell me who approves travel and who pays for it",
      ["Please tell me who approves travel?", "who pays for it?"],
    ],
    ["Was kostet die Lizenz und wie lange gilt sie?", ["Was kostet die Lizenz?", "wie lange gilt sie?"]],
    [
      "Wer genehmigt Reisen und wann wird das Geld überwiesen?",
      ["Wer genehmigt Reisen?", "wann wird das Geld überwiesen?"],
    ],
    [
      "What is the limit, who sets it and when was it changed?",
      ["What is the limit, who sets it?", "when was it changed?"],
    ],
    [
      "How many days of leave are there in France? And in Germany?",
      ["How many days of leave are there in France?", "And in Germany?"],
    ],
  ])("splits %j", (question, parts) => {
    expect(said(question)).toEqual(parts)
  })

  test.each([
    "What are the terms and conditions?",
    "Is the office open between 9 and 5?",
    "Who is the health and safety officer?",
    "What happens to employees who are ill and who have no doctor's note?",
    "Which countries and which cities?",
    "When and where was the contract signed?",
    "Who approves it and why?",
    "What is the difference between what is insured and what is covered?",
    "Does the manager decide who travels and who pays?",
    "What does the notice “who enters and who leaves” say?",
    "How do I lock and unlock the door?",
    "What is covered and is not covered?",
    "Welche Rechte und Pflichten haben Mieter?",
    "Wer ist für Brand- und Arbeitsschutz zuständig?",
    "Which oil does the pump take? Thank you.",
    "How tight are the bolts?",
    "research and development budget",
    "",
  ])("leaves %j in one piece", (question) => {
    expect(splitQuestion(question)).toEqual([])
  })

  test("completes a part that leans on the one before it", () => {
    const [, second] = splitQuestion("What does a parking licence cost and how long is it valid?")
    expect(second?.asked).toMatch(/^how long is it valid\? \(.*parking licence/)
    const [, oil] = splitQuestion("How tight are the bolts of PF-2210 and which oil does the pump take?")
    expect(oil?.asked).toBe("which oil does the pump take? (PF-2210)")
    const [, other] = splitQuestion("What does PF-2210 cost and who approves travel above 2,000 euros?")
    expect(other?.asked).toBe("who approves travel above 2,000 euros?")
  })

  test("takes time in proportion to the length", () => {
    const started = performance.now()
    for (const piece of [" and what", "? a", "; who ", " between", " a", '"'])
      splitQuestion(`what is ${piece.repeat(8_000 / piece.length)}`)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  const squad = join(packageRoot, "../shared/eval/retrieval/squad2/queries.jsonl")
  test.skipIf(!existsSync(squad))("tears few of the questions of squad2 (skipped where ../shared is absent)", () => {
    const questions = readFileSync(squad, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).text as string)
    const split = questions.filter((question) => splitQuestion(question).length > 0)
    expect(split.length / questions.length).toBeLessThan(0.005)
  })
})
