import { describe, expect, test } from "vitest"
import { splitSentences } from "../src/core/sentences.ts"
import { contentTerms } from "../src/core/terms.ts"
import type { Citation, DocumentId, Passage, Revision } from "../src/core/types.ts"
import { candidateSentences } from "../src/generation/candidates.ts"
import type { ScoredEvidence } from "../src/generation/evidence.ts"
import { gate } from "../src/generation/gate.ts"
import { writePrompt } from "../src/generation/prompt.ts"
import { support } from "../src/generation/support.ts"
import { verify } from "../src/generation/verify.ts"
import { write } from "../src/generation/write.ts"
import { citeWritten as cite } from "./support/cite-written.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { scoreSentences } from "./support/score-sentences.ts"

const sentences = (text: string) => splitSentences(text).map(({ start, end }) => text.slice(start, end))

describe("splitSentences()", () => {
  test.each([
    ["One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]],
    ["Dr. Smith met Mr. J. Doe at 3.5 km. They left.", ["Dr. Smith met Mr. J. Doe at 3.5 km.", "They left."]],
    ["He said “Go.” Then he went.", ["He said “Go.”", "Then he went."]],
    ["A line\nanother line\n\nlast", ["A line", "another line", "last"]],
    ["Version 4.2.1 is out. 16 weeks follow.", ["Version 4.2.1 is out.", "16 weeks follow."]],
    ["猫が好き。犬も好き。", ["猫が好き。", "犬も好き。"]],
    ["It costs approx. 5 euros, i.e. little.", ["It costs approx. 5 euros, i.e. little."]],
    ["", []],
    ["  \n ", []],
  ])("splits %j", (text, expected) => {
    expect(sentences(text)).toEqual(expected)
  })

  test("gives ranges that rise, do not overlap and hold no white space at their ends", () => {
    const text = "  First one.  Second one!\n\n - third\n"
    let end = 0
    for (const range of splitSentences(text)) {
      expect(range.start).toBeGreaterThanOrEqual(end)
      expect(text.slice(range.start, range.end).trim()).toBe(text.slice(range.start, range.end))
      end = range.end
    }
  })
})

describe("contentTerms()", () => {
  test("drops stop words, folds case and accents, and stems lightly", () => {
    expect(contentTerms("The Cafés are leaving their policies")).toEqual(["caf", "leav", "policy"])
  })

  test("keeps numbers and splits part numbers as the index does", () => {
    expect(contentTerms("PF-2210-B costs 449")).toEqual(["pf", "2210", "b", "cost", "449"])
  })

  test("gives one term a character for scripts without spaces", () => {
    expect(contentTerms("犬猫")).toEqual(["犬", "猫"])
  })
})

describe("gate()", () => {
  const evidence = "Each parent gets 16 weeks of parental leave on full pay, 1,000 euros of it from PF-2210-B sales."
  const question = "How many weeks of parental leave does each parent get?"

  test.each([
    ["Parents get 16 weeks of parental leave on full pay."],
    ["Each parent gets 1000 euros."],
    ["Parental leave is 16 weeks."],
  ])("lets %j pass", (sentence) => {
    expect(gate(sentence, evidence, question)).toEqual({ passes: true })
  })

  test.each([
    ["Parents get 18 weeks of parental leave.", "not-in-evidence"],
    ["Parents get 16 months of parental leave.", "not-in-evidence"],
    ["Parents get parental leave from PF-2210-C sales.", "not-in-evidence"],
    ["The text does not say.", "refusal"],
    ["I don't know.", "refusal"],
    ["Parents get weeks of parental leave.", "nothing-new"],
    ["Each parent gets no full pay.", "negation"],
    ["", "empty"],
    ["...", "empty"],
  ])("withholds %j: %s", (sentence, reason) => {
    expect(gate(sentence, evidence, question)).toMatchObject({ passes: false, reason })
  })

  test("names the words that are missing", () => {
    expect(gate("Parents get 18 weeks.", evidence, question)).toMatchObject({ missing: ["18"] })
  })

  test("does not take 1.5 for 15", () => {
    expect(gate("It weighs 15 kg.", "It weighs 1.5 kg.", "How heavy is it?")).toMatchObject({ passes: false })
  })
})

const passage = (text: string, more: Partial<Passage> = {}): Passage => ({
  ...{ rank: 1, documentId: "d" as DocumentId, path: "d.md", title: "Leave", revision: "r" as Revision, page: 3 },
  ...{ start: 100, end: 100 + text.length, headingPath: [], text },
  scores: { fused: 1, dense: 0.5, lexical: 5, reader: null },
  ...more,
})

describe("candidateSentences()", () => {
  test("leaves out headings, questions and fragments, and keeps rows of tables", () => {
    const text =
      "Leave\n\nHow long is it?\n\nYes indeed\n\nIt lasts 16 weeks in all.\n\nOwn wedding | 2\nExtension: 220"
    expect(candidateSentences([passage(text)]).map((one) => one.text)).toEqual([
      "It lasts 16 weeks in all.",
      "Own wedding | 2",
      "Extension: 220",
    ])
  })
})

describe("scoreEvidence()", () => {
  const good = passage("Parents get 16 weeks of leave. The weather is nice today.")
  const other = passage("Pumps are tested for twelve minutes.", {
    path: "e.md",
    title: "Pumps",
    scores: { fused: 0.4, dense: 0.2, lexical: 1, reader: null },
  })
  const candidates = candidateSentences([good, other])
  const input = {
    terms: contentTerms("weeks of leave for parents"),
    passages: [good, other],
    candidates,
    readings: [],
    statistics: { chunks: 100, byTerm: new Map([["week", 5]]) },
    modifiedAt: new Map(),
  }

  test("ranks the sentence with cosine and question words first, with its place in the canonical text", () => {
    const [best] = scoreSentences({ ...input, cosines: [0.8, 0.1, 0.2] })
    expect(best).toMatchObject({ quote: "Parents get 16 weeks of leave.", start: 100, end: 130, page: 3, path: "d.md" })
  })

  test("lets the reader's sentence logits decide between equal sentences", () => {
    const readings = [
      { answerable: 1, sentences: [-8, 2] },
      { answerable: 1, sentences: [-8] },
    ]
    const flat = { ...input, terms: [], cosines: [0.3, 0.3, 0.3] }
    expect(scoreSentences({ ...flat, readings })[0]?.quote).toBe("The weather is nice today.")
  })

  test("follows the formula of the reader's card", () => {
    const [best] = scoreSentences({
      ...input,
      ...{ candidates: candidates.slice(0, 1), passages: [good], cosines: [0.6], terms: ["week"] },
      readings: [{ answerable: 2, sentences: [1, 0] }],
    })
    expect(best?.score).toBeCloseTo(0.6 + 0.5 * 1 + 0.5 * 1 + 0.15 * 1 + 0.1 * 2, 12)
  })

  test("clips logits at -12", () => {
    const run = (logit: number) =>
      scoreSentences({ ...input, cosines: [0, 0, 0], readings: [{ answerable: logit, sentences: [logit, logit] }] })
    expect(run(-50)[0]?.score).toBe(run(-12)[0]?.score)
  })

  test("gives equal sentences once and five at most", () => {
    const many = passage(Array.from({ length: 9 }, (_, number) => `Sentence number ${number % 7} is here.`).join(" "))
    const all = candidateSentences([many])
    const evidence = scoreSentences({ ...input, passages: [many], candidates: all, cosines: all.map(() => 0.5) })
    expect(evidence).toHaveLength(5)
    expect(new Set(evidence.map((one) => one.quote)).size).toBe(5)
  })
})

describe("support()", () => {
  test("is enough from 5.6 on, by answerable, the largest cosine and the largest coverage", () => {
    const reading = { answerable: 0, sentences: [] }
    expect(support([reading], [0.1, 0.5], [0.8, 0.3])).toMatchObject({ isEnough: true, score: 5.6 })
    expect(support([reading], [0.1, 0.49], [0.8, 0.3])).toMatchObject({ isEnough: false })
    expect(support([reading], [0.1, 0.5], [0.7, 0.3])).toMatchObject({ isEnough: false })
  })

  test("gives a probability that rises with the score", () => {
    const confidenceOf = (answerable: number) => support([{ answerable, sentences: [] }], [0.5], [0.5]).confidence
    expect(confidenceOf(-12)).toBeLessThan(0.05)
    expect(confidenceOf(0)).toBeCloseTo(1 / (1 + Math.exp(3.54 - 0.49 * 5)), 12)
    expect(confidenceOf(5)).toBeGreaterThan(0.75)
  })

  test("is never enough without a sentence, and works without a reader", () => {
    expect(support([{ answerable: 9, sentences: [] }], [], []).isEnough).toBe(false)
    expect(support([], [0.7], []).isEnough).toBe(true)
    expect(support([], [0.2], []).isEnough).toBe(false)
  })
})

const evidenceOf = (quote: string, score: number, covered: string[] = []): ScoredEvidence => ({
  ...{ passage: passage(quote), covered, score, documentId: "d" as DocumentId, path: "d.md", page: 3 },
  ...{ start: 100, end: 100 + quote.length, quote },
})

describe("cite()", () => {
  const best = evidenceOf("Parents get 16 weeks of paid leave.", 2, ["week"])

  test("cites a written sentence that passes the gate to what it was written from", () => {
    const cited = cite("Parents get 16 weeks of paid leave [7].", [best], "How long is leave?")
    expect(cited).toMatchObject({
      mode: "generated",
      sentences: [{ text: "Parents get 16 weeks of paid leave. [1]", citations: [1] }],
      withheld: null,
    })
  })

  test("lets the quote stand in for a sentence that does not pass, and says why", () => {
    const cited = cite("Parents get 20 weeks.", [best], "How long is leave?")
    expect(cited.mode).toBe("extractive")
    expect(cited.sentences[0]?.text).toBe("“Parents get 16 weeks of paid leave.” [1]")
    expect(cited.withheld).toMatchObject({ reason: "not-in-evidence", missing: ["20"] })
  })

  test("takes the first sentence of what was written", () => {
    expect(cite("Parents get 16 weeks of paid leave. They are happy.", [best], "How long?").sentences).toEqual([
      expect.objectContaining({ text: "Parents get 16 weeks of paid leave. [1]" }),
    ])
  })

  test("adds a further quote only when it is nearly as good and covers a term that is open", () => {
    const near = evidenceOf("Adoption counts as well here.", 1.95, ["adoption"])
    const same = evidenceOf("Sixteen weeks it is then.", 1.95, ["week"])
    const far = evidenceOf("Adoption is a long way off.", 1, ["adoption"])
    expect(cite(null, [best, near], "q").cited).toHaveLength(2)
    expect(cite(null, [best, same], "q").cited).toHaveLength(1)
    expect(cite(null, [best, far], "q").cited).toHaveLength(1)
  })

  test("has nothing to say without evidence", () => {
    expect(cite("Something.", [], "q")).toMatchObject({ sentences: [], cited: [] })
  })
})

describe("cite() checks every written sentence", () => {
  const best = evidenceOf("Parents get 16 weeks, all of them paid.", 2)
  const second = { ...evidenceOf("The leave can be split into two parts.", 1.8), documentId: "e" as DocumentId }

  test("cites each to the evidence that supports it, whatever marker it came with", () => {
    const cited = cite("The leave can be split into two parts [1]. Parents get 16 weeks [9].", [best, second], "How?")
    expect(cited.sentences.map(({ citations }) => citations)).toEqual([[1], [2]])
    expect(cited.cited).toEqual([second, best])
    expect(cited.checks.map(({ position }) => position)).toEqual([1, 0])
  })

  test("keeps the first and withholds the second with the code of its fault", () => {
    const { sentences, checks } = cite("Parents get 16 weeks. It is 12 weeks for others.", [best], "How long?")
    expect(sentences).toHaveLength(1)
    expect(checks[1]?.verdict).toMatchObject({ passes: false, problems: [{ code: "number", found: "12" }, {}] })
  })

  test("takes a German date for no end of a sentence", () => {
    const leave = evidenceOf("Der Urlaub beginnt am 1. September 2026.", 2)
    expect(cite("Der Urlaub beginnt am 1. Oktober 2026.", [leave], "Wann?").mode).toBe("extractive")
    expect(cite("Der Urlaub beginnt am 1. September 2026.", [leave], "Wann?").mode).toBe("generated")
  })
})

describe("cite() sees two documents that differ", () => {
  const best = evidenceOf("Full-time employees get 30 days of leave a year.", 2, ["leav"])
  const of = (quote: string, score = 1.9) => ({
    ...evidenceOf(quote, score, ["leav"]),
    documentId: "other" as DocumentId,
    path: "other.md",
  })
  const conflictWith = (other: ScoredEvidence, question = "How much leave is there?") =>
    cite(null, [best, other], question).conflict

  const conflictBetween = (
    quote: string,
    other: string,
    question: string,
    titles: readonly [string, string] = ["", ""],
  ) => {
    const [own, theirs] = [quote, other].map((text, place) => {
      const title = titles[place] ?? ""
      const known = new Set(contentTerms(`${title} ${text}`))
      const evidence = evidenceOf(
        text,
        2 - place,
        [...new Set(contentTerms(question))].filter((term) => known.has(term)),
      )
      return {
        ...evidence,
        score: 2 - 0.1 * place,
        passage: { ...evidence.passage, title },
        documentId: text as DocumentId,
      }
    })
    return own === undefined || theirs === undefined ? null : cite(null, [own, theirs], question).conflict
  }

  test("where one has another number, and cites both", () => {
    const cited = cite(null, [best, of("Full-time employees get 28 days of leave.")], "How much leave is there?")
    expect(cited.conflict?.said).toEqual(["30 day", "28 day"])
    expect(cited.cited.map(({ path }) => path)).toEqual(["d.md", "other.md"])
  })

  test.each([
    ["the same number in another form", "Employees get thirty days of leave.", undefined],
    ["another subject", "Pumps are tested for 12 days before they leave.", undefined],
    ["another kind of measure", "Full-time employees get leave at 14:00.", undefined],
    ["another year than was asked for", "In 2024 employees got 28 days of leave.", "How much leave is there in 2026?"],
  ])("but not in %s", (_, quote, question) => {
    expect(conflictWith(of(quote), question)).toBeNull()
  })

  test.each([
    [
      "of two products",
      "The housing cover bolts of the PF-2210 are tightened to 24 Nm.",
      "The housing cover bolts of the PF-2310 are tightened to 30 Nm.",
      "What is the torque of the housing cover bolts of the PF-2210?",
    ],
    [
      "of two countries",
      "Employees in Germany get 30 days of holidays a year.",
      "Employees in France get 25 days of holidays a year.",
      "How many days of holidays do employees in Germany get?",
    ],
    [
      "of two periods",
      "The probation period for employees is 6 months.",
      "The notice period for employees is 3 months.",
      "How long is the probation period?",
    ],
    [
      "of two licences",
      "The basic licence costs 50 euros a year.",
      "The premium licence costs 90 euros a year.",
      "What does the basic licence cost?",
    ],
    [
      "of two places",
      "The Hamburg office opens at 8:00.",
      "The Berlin office opens at 9:00.",
      "When does the Hamburg office open?",
    ],
    [
      "of two lengths of service",
      "After 5 years employees get 32 days of holidays.",
      "After 10 years employees get 35 days of holidays.",
      "How many holidays do employees get after 5 years?",
    ],
    [
      "in the year that they are of",
      "The report of 2025 was signed by the head of finance.",
      "The report of 2026 was signed by the head of finance.",
      "Who signed the report?",
    ],
    [
      "in a year that was asked for",
      "The contract with Bergmann ends in 2026.",
      "The contract with Bergmann ends in 2027.",
      "Which contract ends in 2026?",
    ],
    [
      "where one leaves the year out",
      "The contract with Bergmann ends on 31 December.",
      "The contract with Bergmann ends on 31 December 2027.",
      "When does the contract with Bergmann end?",
    ],
    [
      "where one names only some of the times",
      "The gate opens at 8:00 and closes at 17:00.",
      "The gate opens at 8:00.",
      "When does the gate open?",
    ],
    [
      "in one word that is not the same",
      "The discount is 10 %.",
      "The surcharge is 15 %.",
      "How high is the discount?",
    ],
  ])("but not %s", (_, quote, other, question) => {
    expect(conflictBetween(quote, other, question)).toBeNull()
  })

  test.each([
    [
      "of one product",
      "The empty pump PF-2210 weighs 24 kg.",
      "The pump PF-2210 weighs 30 kg.",
      "What does the PF-2210 weigh?",
    ],
    [
      "of which one names no place",
      "Employees in Germany get 30 days of holidays.",
      "Employees get 25 days of holidays.",
      "How many days of holidays do employees get in Germany?",
    ],
    [
      "in other words",
      "Employees in Germany get 30 days of holidays.",
      "Employees in Germany get 25 days of vacation.",
      "How many days of holidays do employees get in Germany?",
    ],
    [
      "in the number that was asked for",
      "Employees get 30 days of holidays.",
      "Employees get 25 days of holidays.",
      "Do employees get 30 days of holidays?",
    ],
    [
      "in the year of a date",
      "The contract with Bergmann ends on 31 December 2026.",
      "The contract with Bergmann ends on 31 December 2027.",
      "When does the contract with Bergmann end?",
    ],
    [
      "in a year",
      "The company was founded in 1987.",
      "The company was founded in 1989.",
      "When was the company founded?",
    ],
    [
      "in a date of another form",
      "The deadline is 3 May 2026.",
      "The deadline is 03.06.2026.",
      "When is the deadline?",
    ],
    ["in a percentage", "The discount is 10 %.", "The discount is 15%.", "How high is the discount?"],
  ])("and does %s", (_, quote, other, question) => {
    expect(conflictBetween(quote, other, question)).not.toBeNull()
  })

  test("but not where only the titles name the products", () => {
    const quote = "The housing cover bolts are tightened to"
    const question = "What is the torque of the housing cover bolts of the PF-2210?"
    const titles = ["Manual PF-2210", "Manual PF-2310"] as const
    expect(conflictBetween(`${quote} 24 Nm.`, `${quote} 30 Nm.`, question, titles)).toBeNull()
    expect(
      conflictBetween(`${quote} 24 Nm.`, `${quote} 30 Nm.`, "What is the torque of the bolts?", titles),
    ).not.toBeNull()
  })

  test("but not within one document, nor in what is far behind", () => {
    expect(conflictWith({ ...of("Employees get 28 days of leave."), documentId: best.documentId })).toBeNull()
    expect(conflictWith(of("Employees get 28 days of leave.", 1))).toBeNull()
  })
})

describe("verify()", () => {
  const citation: Omit<Citation, "verified"> = {
    ...{ marker: 1, documentId: "d" as DocumentId, path: "d.md", title: "D", revision: "r" as Revision, page: null },
    ...{ start: 4, end: 8, quote: "text", modifiedAt: "", indexedAt: "", changedSinceIndexed: false },
  }

  test("marks a quote verified only when the stored text has it at its place", async () => {
    expect((await verify([citation], async () => "the text is here")).citations).toEqual([
      { ...citation, verified: true },
    ])
  })

  test("gives the names of the columns with a row of a table, exactly as they are stored", async () => {
    const rows = Array.from({ length: 90 }, (_, row) => `Town ${row} | ${row % 5} hours`)
    const text = ["Opening hours\n\nBranch | Saturday", ...rows].join("\n")
    const cited = (quote: string) => ({
      ...citation,
      quote,
      start: text.indexOf(quote),
      end: text.indexOf(quote) + quote.length,
    })
    const { citations } = await verify([cited("Town 75 | 0 hours"), cited("Opening hours")], async () => text)
    expect(citations.map(({ tableHeader }) => tableHeader)).toEqual(["Branch | Saturday", undefined])
  })

  test.each([
    ["one byte has changed", "the tEXt is here"],
    ["the text has moved", "x the text is here"],
    ["the text is gone", undefined],
  ])("drops a quote with a warning when %s", async (_, text) => {
    const { citations, warnings } = await verify([citation], async () => text)
    expect(citations).toEqual([])
    expect(warnings).toMatchObject([{ code: "quote-refused" }])
  })
})

describe("write()", () => {
  test("ends with the first sentence and gives the time of the first piece", async () => {
    const generator = createFakeGenerator(["Parents get ", "16 weeks.", " They", " like it."])
    const written = await write("How long?", "Parents get 16 weeks.", generator, {})
    expect(written.text.startsWith("Parents get 16 weeks.")).toBe(true)
    expect(written.text).not.toContain("like it")
    expect(written.firstTokenMs).toBeGreaterThanOrEqual(0)
  })

  test("shows the model the evidence and the question and no example", () => {
    const [message] = writePrompt("How long?", "Sixteen weeks.")
    expect(message?.content).toBe(
      "Text: Sixteen weeks.\n\nQuestion: How long?\nAnswer with the exact words of the text.",
    )
  })
})
