import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Answer } from "../src/core/types.ts"
import { type AnsweringBase, LEAVE, openAnsweringBase } from "./support/answering-base.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { makeTemporaryFolder, temporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const LEAVE_PART = "How many weeks of paid leave do parents get"
const PUMP_PART = "how many newton metres are the housing bolts of the pump tightened to?"
const UNKNOWN_PART = "which oil does the compressor in the cellar take?"

const folder = makeTemporaryFolder()
let base: AnsweringBase
beforeAll(async () => {
  base = await openAnsweringBase(folder.path, { generator: createFakeGenerator([LEAVE]) })
}, 60_000)
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

const missing = (given: Answer) => given.warnings.filter(({ code }) => code === "part-not-found")
const quotes = (question: string) => base.ask({ question, generate: false })
const pathsOf = (given: Answer) => given.citations.map(({ path }) => path)

describe("answer() of a question of several parts", () => {
  test("quotes both documents where each answers a part, in the order of the parts", async () => {
    const given = await quotes(`${LEAVE_PART} and ${PUMP_PART}`)
    expect(pathsOf(given).slice(0, 2)).toEqual(["leave.md", "pump.md"])
    expect(missing(given)).toEqual([])
    const turned = await quotes(`${PUMP_PART} And ${LEAVE_PART.toLowerCase()}?`)
    expect(pathsOf(turned).slice(0, 2)).toEqual(["pump.md", "leave.md"])
  })

  test("answers the part that is supported, and says in its words which one is not", async () => {
    const given = await quotes(`${LEAVE_PART} and ${UNKNOWN_PART}`)
    expect(given.status).toBe("answered")
    expect(pathsOf(given)).toEqual(["leave.md"])
    const message = `The documents do not answer this part of the question: ${UNKNOWN_PART}`
    expect(missing(given)).toEqual([{ code: "part-not-found", message }])
  })

  test("says so as an event before the whole answer", async () => {
    const types: string[] = []
    for await (const event of base.kb.ask({ question: `${LEAVE_PART} and ${UNKNOWN_PART}` }, { principal: ADMIN }))
      types.push(event.type === "warning" ? event.warning.code : event.type)
    expect(types.indexOf("part-not-found")).toBeGreaterThan(types.indexOf("evidence"))
    expect(types.indexOf("part-not-found")).toBeLessThan(types.indexOf("answer"))
  })

  test("puts the quote of the second part beside what a model wrote of the first", async () => {
    const given = await base.ask(`${LEAVE_PART} and ${PUMP_PART}`)
    expect(given.mode).toBe("generated")
    expect(given.sentences[0]?.text).toBe(`${LEAVE} [1]`)
    expect(given.text).toContain("24 newton metres")
  })

  test("abstains where no part is supported, without a list of them", async () => {
    const given = await quotes("Who painted the chapel and which oil does the compressor in the cellar take?")
    expect(given).toMatchObject({ status: "abstained", reason: "weak-evidence" })
    expect(missing(given)).toEqual([])
  })

  test("says nothing of parts where a question has one", async () => {
    const given = await quotes("How many newton metres are the housing bolts and the flange of the pump tightened to?")
    expect(given.status).toBe("answered")
    expect(missing(given)).toEqual([])
  })

  test("leaves out of every part what the question excludes", async () => {
    const given = await quotes(`${LEAVE_PART} and ${PUMP_PART.slice(0, -1)} -newton`)
    expect(pathsOf(given)).toEqual(["leave.md"])
    expect(missing(given)).toHaveLength(1)
  })

  test("cites both sides where two documents differ on a part, with one warning", async () => {
    const own = await openAnsweringBase(temporaryFolder())
    try {
      await own.change("visits.md", "# Visits\n\nVisitors of the plant register 3 days before their visit.\n")
      await own.change("guests.md", "# Guests\n\nVisitors of the plant register 5 days before their visit.\n")
      const question = `${LEAVE_PART} and how many days before their visit do visitors of the plant register?`
      const given = await own.ask({ question, generate: false })
      expect(pathsOf(given).sort()).toEqual(["guests.md", "leave.md", "visits.md"])
      expect(given.warnings.map(({ code }) => code)).toEqual(["conflicting-sources"])
    } finally {
      await own.kb.dispose()
    }
  })

  test("shows the sentences of the parts with their scores in the receipt, each passage once", async () => {
    const { id, evidence, passages } = await base.ask({ question: `${LEAVE_PART} and ${PUMP_PART}`, limit: 1 })
    const { trace } = await base.kb.getAnswer(id, { principal: ADMIN })
    const scored = trace.passages.flatMap(({ sentences }) => sentences.filter(({ score }) => score !== null))
    for (const { start, end } of evidence.slice(0, 2))
      expect(scored).toContainEqual(expect.objectContaining({ start, end }))
    expect(new Set(passages.map(({ documentId, start }) => `${documentId} ${start}`)).size).toBe(passages.length)
    expect(passages.map(({ rank }) => rank)).toEqual(passages.map((_, place) => place + 1))
  })
})
