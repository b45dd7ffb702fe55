import { describe, expect, test } from "vitest"
import type { DocumentId, Passage, Revision } from "../src/core/types.ts"
import { candidateSentences, sentencesOf } from "../src/generation/candidates.ts"
import { support } from "../src/generation/support.ts"
import { type Asked, scoreSentences } from "./support/score-sentences.ts"

const passage = (text: string, more: Partial<Passage> = {}): Passage => ({
  ...{ rank: 1, documentId: "d" as DocumentId, path: "d.md", title: "Title", revision: "r" as Revision, page: null },
  ...{ start: 50, end: 50 + text.length, headingPath: [], text },
  scores: { fused: 1, dense: 0.5, lexical: 4, reader: null },
  ...more,
})
const textsOf = (text: string, more: Partial<Passage> = {}) =>
  candidateSentences([passage(text, more)]).map((one) => one.text)

describe("candidateSentences()", () => {
  test("keeps rows of two words, but not the head of their table", () => {
    expect(textsOf("Day | Hours\nMonday | 8\nOwner | Schmidt")).toEqual(["Monday | 8", "Owner | Schmidt"])
  })

  test("leaves out a short line that is no row", () => {
    expect(textsOf("Owner\nSchmidt.\nIt is open.")).toEqual(["It is open."])
  })

  test("leaves out the title and the headings, as they are", () => {
    const more = { title: "The Leave of Parents", headingPath: ["How Long It Takes"] }
    expect(textsOf("The Leave of Parents\nHow Long It Takes\nIt is 16 weeks.", more)).toEqual(["It is 16 weeks."])
  })

  test("counts words of a script without spaces otherwise", () => {
    expect(textsOf("假期是十六周。")).toEqual(["假期是十六周。"])
  })

  test.each([
    ["年次有給休暇は二十日です。", "Japanese"],
    ["社员每年有二十天的年假！", "Chinese"],
    ["社員は育児休暇を取得するときに、上長と人事部の両方に、書面で申請しなければならない", "Japanese without a mark"],
    ["يحصل كل موظف على إجازة سنوية۔", "Urdu"],
  ])("keeps a paragraph of one sentence: %s (%s)", (sentence) => {
    expect(textsOf(`休暇\n\n${sentence}\n\n出張の手続き\n\n交通費を払う。`)).toEqual([sentence, "交通費を払う。"])
  })

  test.each(["休暇は何日ですか？", "كم يوما مدة الإجازة؟"])("leaves out the question %s", (question) => {
    expect(textsOf(`${question}\n\nIt is 16 weeks.`)).toEqual(["It is 16 weeks."])
  })

  test("gives the position among the sentences that the reader saw", () => {
    const one = passage("Short.\nThis is the sentence.")
    const [candidate] = candidateSentences([one])
    expect(candidate?.position).toBe(1)
    expect(sentencesOf(one)[1]).toEqual({ start: candidate?.start, end: candidate?.end })
  })
})

describe("scoreEvidence()", () => {
  const one = passage("The first thing is here. The second thing is there.")
  const two = passage("The third thing is far away.", {
    scores: { fused: 0.5, dense: 0.1, lexical: 1, reader: null },
  })
  const input: Asked = {
    ...{ terms: [], passages: [one, two], readings: [], candidates: candidateSentences([one, two]) },
    ...{ cosines: [0.4, 0.2, 0.4], statistics: { chunks: 100, byTerm: new Map() }, modifiedAt: new Map() },
  }

  test("weighs the passage's first stage: half BM25, half its largest cosine, each over the largest", () => {
    const evidence = scoreSentences(input)
    const scoreOf = (quote: string) => evidence.find((found) => found.quote.includes(quote))?.score
    expect(scoreOf("first")).toBeCloseTo(0.4 + 0.5 * (0.5 * 1 + 0.5 * 1), 12)
    expect(scoreOf("second")).toBeCloseTo(0.2 + 0.5 * (0.5 * 1 + 0.5 * 1), 12)
    expect(scoreOf("third")).toBeCloseTo(0.4 + 0.5 * (0.5 * 0.25 + 0.5 * 1), 12)
  })

  test("quotes the sentence before with one that begins with a pronoun, where it holds more of the question", () => {
    const quoteOf = (text: string, terms: readonly string[], title = "Title") => {
      const told = passage(text, { title })
      const candidates = candidateSentences([told])
      const cosines = candidates.map(({ text: sentence }) => (sentence.startsWith("It lasts") ? 0.9 : 0.1))
      const [best] = scoreSentences({ ...input, terms, passages: [told], candidates, cosines })
      return best === undefined
        ? undefined
        : { quote: best.quote, isExact: told.text.includes(best.quote) && best.end - best.start === best.quote.length }
    }
    const text = "The warranty covers pumps. It lasts 36 months. Filters are not covered."
    const both = "The warranty covers pumps. It lasts 36 months."
    expect(quoteOf(text, ["warranty", "pumps"])).toEqual({ quote: both, isExact: true })
    expect(quoteOf(text, ["months"])).toEqual({ quote: "It lasts 36 months.", isExact: true })
    expect(quoteOf(text, ["warranty"], "The warranty")).toEqual({ quote: "It lasts 36 months.", isExact: true })
    expect(quoteOf(text.replace(". It", ".\n\nIt"), ["warranty"])).toEqual({
      quote: "It lasts 36 months.",
      isExact: true,
    })
  })

  test("weighs a rare word of the question more than a common one", () => {
    const byTerm = new Map([
      ["first", 900],
      ["third", 2],
    ])
    const statistics = { chunks: 1_000, byTerm }
    const evidence = scoreSentences({ ...input, cosines: [0, 0, 0], terms: ["first", "third"], statistics })
    const scoreOf = (quote: string) => evidence.find((found) => found.quote.includes(quote))?.score ?? 0
    expect(scoreOf("third") - 0.5 * 0.125).toBeGreaterThan(0.4)
    expect(scoreOf("first") - 0.5 * 0.5).toBeLessThan(0.1)
  })

  test("counts title and headings as said by the sentence", () => {
    const titled = passage("It is here now.", { title: "Pumps", headingPath: ["Oil"] })
    const evidence = scoreSentences({
      ...{ ...input, passages: [titled], candidates: candidateSentences([titled]) },
      ...{ terms: ["pump", "oil", "water"], cosines: [0] },
    })
    expect(evidence[0]?.covered).toEqual(["pump", "oil"])
  })

  test("gives ranges in the canonical text", () => {
    for (const { start, end, quote, passage: from } of scoreSentences(input)) {
      expect(from.text.slice(start - from.start, end - from.start)).toBe(quote)
    }
  })

  test("keeps ties in the order of the passages", () => {
    const same = { ...input, passages: [one], candidates: candidateSentences([one]), cosines: [0.3, 0.3] }
    expect(scoreSentences(same).map((found) => found.quote)[0]).toBe("The first thing is here.")
  })

  test("prefers the newer version of a text to the older one, and keeps both", () => {
    const policy = "Employees of the company receive a yearly allowance for travel between home, office and branch."
    const versions = [
      passage(`${policy} The allowance is 300 euros.`, { documentId: "old" as DocumentId }),
      passage(`${policy} The allowance is 350 euros.`, { documentId: "new" as DocumentId }),
    ]
    const modifiedAt = new Map([
      ["old" as DocumentId, 1],
      ["new" as DocumentId, 2],
    ])
    const candidates = candidateSentences(versions)
    const cosines = candidates.map(({ text }) => (text.includes("300") ? 0.9 : text.includes("350") ? 0.6 : 0.1))
    const quotesOf = (ages: typeof modifiedAt) =>
      scoreSentences({ ...input, passages: versions, candidates, cosines, modifiedAt: ages }).map(({ quote }) => quote)
    expect(quotesOf(modifiedAt).slice(0, 2)).toEqual(["The allowance is 350 euros.", "The allowance is 300 euros."])
    expect(quotesOf(new Map())[0]).toBe("The allowance is 300 euros.")
  })

  test("has nothing to give without candidates", () => {
    expect(scoreSentences({ ...input, candidates: [], cosines: [] })).toEqual([])
  })
})

describe("support()", () => {
  test("takes the best passage and the best sentence, wherever they are", () => {
    const readings = [
      { answerable: -5, sentences: [] },
      { answerable: 2, sentences: [] },
    ]
    expect(support(readings, [0.1, 0.5], [0.25, 0]).score).toBeCloseTo(6.5, 12)
  })

  test("works by cosine alone without a reader", () => {
    expect(support([], [0.9], [1]).isEnough).toBe(true)
    expect(support([], [0.1], [1]).isEnough).toBe(false)
  })

  test("is not enough where nothing was found", () => {
    expect(support([], [], [])).toMatchObject({ isEnough: false })
    expect(support([{ answerable: 9, sentences: [] }], [], []).isEnough).toBe(false)
  })
})
