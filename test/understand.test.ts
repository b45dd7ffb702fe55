import { describe, expect, test } from "vitest"
import { understand } from "../src/retrieval/understand.ts"

const parsed = (modifiedAfter: string) => understand({ question: "a", filters: { modifiedAfter } }).narrowing

describe("understand() reads dates", () => {
  test.each([
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T10:30:00Z", Date.UTC(2026, 0, 31, 10, 30)],
    ["2026-01-31T10:30:00.250Z", Date.UTC(2026, 0, 31, 10, 30, 0, 250)],
    ["2026-01-31T10:30+02:00", Date.UTC(2026, 0, 31, 8, 30)],
    ["2026-01-31T10:30:00", Date.UTC(2026, 0, 31, 10, 30)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
  ])("%s", (date, time) => {
    expect(parsed(date)).toEqual({ modifiedAfter: time })
  })

  test.each(["1", "March 7", "2026", "2026-02-31", "2026-02-29T10:00:00Z", "2026-13-01", "2026-01-01T25:00:00Z", ""])(
    "refuses %j",
    (date) => {
      expect(() => parsed(date)).toThrow(expect.objectContaining({ code: "invalid-request" }))
    },
  )
})

describe("understand() bounds the question", () => {
  test("takes 8,000 characters and no more", () => {
    expect(understand({ question: "x".repeat(8_000) }).text).toHaveLength(8_000)
    expect(() => understand({ question: "x".repeat(8_001) })).toThrow(/8001 characters, from 1 to 8000/)
  })

  test("counts after the white space has been taken away", () => {
    expect(understand({ question: `${" ".repeat(20_000)}leave` }).text).toBe("leave")
  })

  test("refuses a NUL", () => {
    expect(() => understand({ question: "a\0b" })).toThrow(expect.objectContaining({ code: "invalid-request" }))
  })

  test("has defaults: ten passages, written", () => {
    expect(understand({ question: "a" })).toMatchObject({ limit: 10, generate: true, narrowing: {} })
  })
})

describe("understand() takes apart what is said of words", () => {
  test.each([
    ['What is "Force Majeure" here?', ["Force Majeure"]],
    ["Was heißt „höhere Gewalt“?", ["höhere Gewalt"]],
    ["Which oil does PF-2210-B take?", ["PF-2210-B"]],
    ["Which oil is for the PF-2210-B. And then?", ["PF-2210-B"]],
    ["Is -5 or 1--2 or 7: an identifier", []],
    ["What changed in version 2.4.1 of ibid.json?", ["2.4.1"]],
    ["Is the host 10.0.0.1 a long-term e.g. well-known one?", ["10.0.0.1"]],
    ['What does "PF-2210-B" weigh?', ["PF-2210-B"]],
    ['The mark "?!" alone', []],
  ])("%s", (question, phrases) => {
    expect(understand({ question })).toMatchObject({ text: question, phrases, excluded: [] })
  })

  test("leaves out what stands behind a dash at the end, and asks without it", () => {
    expect(understand({ question: 'holiday rules -Germany -"part time"' })).toMatchObject({
      ...{ text: "holiday rules", terms: ["holiday", "rul"], excluded: ["Germany", "part time"], phrases: [] },
    })
  })

  test.each(["What does ls -v do?", "Is it cold at -5", "E2f-1, -2, -3 cells", "What is -verbose for", "a well-known"])(
    "takes no part of %j for an exclusion",
    (question) => {
      expect(understand({ question })).toMatchObject({ text: question, excluded: [] })
    },
  )

  test("refuses a question of nothing but exclusions", () => {
    expect(understand({ question: "x -Germany" }).text).toBe("x")
    expect(() => understand({ question: " " })).toThrow(expect.objectContaining({ code: "invalid-request" }))
  })
})
