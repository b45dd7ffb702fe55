import { describe, expect, test } from "vitest"
import { gate } from "../src/generation/gate.ts"

type Case = readonly [sentence: string, evidence: string]
const passes = (sentence: string, evidence: string, question = "What is it?") => gate(sentence, evidence, question)

describe("gate() keeps the meaning", () => {
  test.each<Case>([
    ["You should open the valve while it is hot.", "You shouldn't open the valve while it is hot."],
    ["Contractors get 16 weeks.", "Contractors don’t get 16 weeks."],
    ["Run the pump without oil.", "Do not run the pump without oil."],
    ["Everybody may smoke.", "Nobody may smoke, everybody may eat."],
    ["Run the pump without oil.", "Never run the pump without oil."],
    ["Contractors get leave of 16 weeks.", "Employees except contractors get leave of 16 weeks."],
    ["Visitors may not park.", "Visitors may park."],
  ])("withholds %j from %j: a negation was lost or added", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toMatchObject({ passes: false, reason: "negation" })
  })

  test("withholds what the question asks for where the evidence forbids it", () => {
    const verdict = gate(
      "Smoking is allowed in the store.",
      "Smoking is forbidden in the store.",
      "Is smoking allowed?",
    )
    expect(verdict).toMatchObject({ passes: false, reason: "negation" })
  })

  test.each<Case>([
    ["The valve is not opened.", "The valve isn’t opened while it is hot."],
    ["The company's pumps can't rust.", "The pumps of the company cannot rust."],
    ["They won't be paid.", "They will not be paid for the strike."],
  ])("takes contractions for what they stand for: %j from %j", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toEqual({ passes: true })
  })
})

describe("gate() checks numbers", () => {
  test.each<Case>([
    ["It is stored at 5 °C.", "It is stored at −5 °C."],
    ["It is stored at -5 °C.", "It is stored at 5 °C."],
    ["It costs $500.", "It costs €500."],
    ["It is 5 percent.", "It is 5."],
    ["Parents get 12 weeks.", "Parents get 16 weeks and 12 days."],
    ["Parents get 16 days.", "Parents get 16 paid weeks and 12 days."],
    ["Parents get 160 weeks.", "Parents get 16 weeks."],
    ["It weighs 15 kg.", "It weighs 1.5 kg."],
    ["The term is up on 2026-01-02.", "The term is up on 2026-02-01."],
  ])("withholds %j from %j", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toMatchObject({ passes: false, reason: "not-in-evidence" })
  })

  test.each<Case>([
    ["It costs 1000 euros.", "It costs 1,000 euros."],
    ["It costs 10000 euros.", "It costs 10\u202f000 euros."],
    ["Parents get 16 weeks.", "Parents get 16 paid weeks and 12 days."],
    ["It takes 8 weeks.", "It takes 8 to 10 weeks."],
    ["It is stored at -5 °C.", "It is stored at −5 °C."],
    ["The own wedding counts 2 days.", "The days that count: Own wedding | 2"],
    ["In 2026 employees get 30 days.", "Since 2026, employees get 30 days."],
  ])("lets %j pass from %j", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toEqual({ passes: true })
  })

  test("names the number with the unit that it does not have", () => {
    expect(passes("Parents get 12 weeks.", "Parents get 16 weeks and 12 days.")).toMatchObject({ missing: ["12 week"] })
  })

  test("does not confirm a measure that only the question names", () => {
    const evidence = "Tighten the bolts to 24 newton metres."
    const verdict = gate("Tighten the bolts to 30 newton metres.", evidence, "Is it 30 newton metres for the bolts?")
    expect(verdict).toMatchObject({ passes: false, missing: ["30"] })
  })

  test.each([
    ["a year", "In 2026 employees have 30 days of leave.", "How much leave is there in 2026?", "2026"],
    ["a name", "Marek's employees have 30 days of leave.", "How much leave do Marek's employees have?", "Marek"],
    ["a code", "Employees of X.75 have 30 days of leave.", "How much leave is there at X.75?", "X.75"],
    ["a thing", "Jet employees have 30 days of leave.", "How much leave do jet employees have?", "Jet"],
  ])("does not take %s from the question", (_, sentence, question, missing) => {
    const evidence = "Full-time employees have 30 days of leave."
    expect(gate(sentence, evidence, question)).toMatchObject({
      passes: false,
      missing: expect.arrayContaining([missing]),
    })
  })
})

describe("gate() takes codes as a whole", () => {
  test.each<Case>([
    ["The part is PF-2210.", "The part is called PF-2210-B."],
    ["The part is PF-2210-B.", "The part is called PF-2210."],
    ["Write to it@acme.example.", "Write to hr@acme.example; it is read daily."],
    ["Set max_length here.", "Set max_tokens and the length here."],
    ["Version v1.2.3 has it.", "Version v1.2 has it, and 3 more."],
  ])("withholds %j from %j", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toMatchObject({ passes: false, reason: "not-in-evidence" })
  })

  test.each<Case>([
    ["The part is PF-2210.", "The part is one of PF-2209/PF-2210."],
    ["The part is pf-2210-b.", "The part is PF-2210-B."],
    ["It is a 16-week leave.", "It is a leave of 16 weeks."],
    ["It is a full-time post.", "It is a post for the full time."],
  ])("lets %j pass from %j", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toEqual({ passes: true })
  })
})

describe("gate() hears a refusal", () => {
  test.each([
    "I don’t know.",
    "I cannot answer this.",
    "Sorry, there is nothing about it.",
    "The text doesn't say.",
    "The price is not mentioned.",
    "It is not mentioned in the text.",
    "The answer cannot be determined.",
    "There is not enough information.",
  ])("%j", (sentence) => {
    expect(passes(sentence, `${sentence} The text does say much of this.`)).toMatchObject({ reason: "refusal" })
  })
})

describe("gate() reads numbers by value", () => {
  test.each<Case>([
    ["It takes 90 minutes.", "It takes 1.5 hours."],
    ["It costs 1.500 euros.", "It costs 1,500 euros."],
    ["It costs twelve thousand euros.", "It costs 12 000 euros."],
    ["It starts on 2026-05-03.", "It starts on 3 May 2026."],
    ["It starts at 2:30 pm.", "It starts at 14:30."],
    ["It costs 12 euros per day.", "It costs €12 a day."],
    ["It takes no more than 3 days.", "It takes at most three days."],
  ])("lets %j pass from %j", (sentence, evidence) => {
    expect(passes(sentence, evidence)).toEqual({ passes: true })
  })

  test.each<readonly [sentence: string, evidence: string, code: string]>([
    ["It costs 1,500 euros.", "It costs 1.5 euros.", "number"],
    ["It takes 3 hours.", "It takes 3 days.", "unit"],
    ["It starts on 5 March 2026.", "It starts on 3 May 2026.", "date"],
    ["It takes at least 3 days.", "It takes at most 3 days.", "comparison"],
    ["It is sold by Weber.", "It is sold by Schmidt.", "name"],
    ["The part is PF-1.", "The part is PF-2.", "code"],
    ["Doors are red.", "Doors are blue.", "word"],
    ["Pumps weigh 9 kg.", "Pumps weigh 4 kg, motors weigh 9 kg.", "attribution"],
  ])("withholds %j from %j with a code", (sentence, evidence, code) => {
    expect(passes(sentence, evidence)).toMatchObject({ passes: false, problems: [{ code }] })
  })
})

test("gate() takes no time to speak of for evidence of 4,000 characters, whatever it repeats", () => {
  for (const pump of [
    "a ",
    "1 ",
    "12 500 ",
    "May ",
    "not ",
    "no later than ",
    "PF-1-",
    "A B ",
    ", and ",
    "14:00 to ",
    "字",
  ]) {
    const evidence = pump.repeat(4_000 / pump.length)
    const started = process.cpuUsage()
    passes("The pump has 5 parts.", evidence)
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1_000).toBeLessThan(1_000)
  }
})
