import { join } from "node:path"
import { AutoTokenizer, env } from "@xenova/transformers"
import { array, assert, constantFrom, integer, property, record, string } from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { chunk, embeddedText, lexicalText, MAX_TOKENS } from "../ingest/chunk.ts"
import { estimateTokens, languageOf, tokenWeight } from "../ingest/estimate-tokens.ts"
import { createTextBuilder, type TextBuilder } from "../ingest/parse/text-builder.ts"
import { packageRoot } from "../src/core/package-root.ts"
import type { ParsedDocument } from "../src/core/types.ts"

function document(build: (builder: TextBuilder) => void, title: string | null = "Handbook"): ParsedDocument {
  const builder = createTextBuilder()
  build(builder)
  return builder.finish({ title })
}

const sentence = (number: number): string =>
  `Sentence number ${number} says that the office opens early in the morning.`
const sentences = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => sentence(from + i)).join(" ")

describe("chunk()", () => {
  test("cuts a long section into chunks of about equal size on sentence borders", () => {
    const chunks = chunk(document((builder) => builder.paragraph(sentences(60))))
    const sizes = chunks.map((piece) => estimateTokens(piece.text))
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(40)
    expect(sizes.every((size) => size > 150)).toBe(true)
    for (const piece of chunks) expect(piece.text).toMatch(/^Sentence number .* morning\.$/s)
  })

  test("starts a chunk at each heading, with its line", () => {
    const parsed = document((builder) => {
      builder.heading(1, "Leave")
      builder.paragraph(sentences(8))
      builder.heading(1, "Travel")
      builder.paragraph(sentences(8))
    })
    expect(chunk(parsed).map(({ headingPath, text }) => [headingPath, text.split("\n")[0]])).toEqual([
      [["Leave"], "Leave"],
      [["Travel"], "Travel"],
    ])
  })

  test("keeps a heading with the deeper heading that it leads to", () => {
    const parsed = document((builder) => {
      builder.heading(1, "Leave")
      builder.heading(2, "Parental")
      builder.paragraph(sentences(8))
    })
    expect(chunk(parsed)).toMatchObject([{ headingPath: ["Leave", "Parental"], start: 0 }])
  })

  test("joins tiny neighbouring sections below what they have in common", () => {
    const parsed = document((builder) => {
      builder.heading(1, "Offices")
      for (const city of ["Berlin", "Paris"]) {
        builder.heading(2, city)
        builder.paragraph(sentence(1))
      }
    })
    expect(chunk(parsed)).toMatchObject([{ headingPath: ["Offices"], text: parsed.text }])
  })

  test("does not join a tiny section with a large one", () => {
    const parsed = document((builder) => {
      builder.heading(1, "Tiny")
      builder.paragraph(sentence(1))
      builder.heading(1, "Large")
      builder.paragraph(sentences(9))
    })
    expect(chunk(parsed)).toHaveLength(2)
  })

  test("never crosses a page", () => {
    const parsed = document((builder) => {
      for (const page of [1, 2, 3]) {
        builder.page(page)
        builder.paragraph(sentence(page))
      }
    })
    expect(chunk(parsed).map((piece) => piece.page)).toEqual([1, 2, 3])
  })

  test("cuts tables between rows", () => {
    const rows = Array.from({ length: 80 }, (_, row) => [`Part ${row}`, `${row}.50`, "in stock"])
    for (const piece of chunk(document((builder) => builder.table(rows)))) {
      for (const line of piece.text.split("\n")) expect(line).toMatch(/^Part \d+ \| \d+\.50 \| in stock$/)
    }
  })

  test("gives the names of the columns to each chunk of a table that begins below them", () => {
    const names = "Branch | Weekdays | Saturday"
    const rows = Array.from({ length: 90 }, (_, row) => [`Town ${row}`, "6 hours", `${row} hours`])
    const parsed = document((builder) => {
      builder.paragraph("Open | or | not")
      builder.table([names.split(" | "), ...rows])
      builder.table(rows)
    })
    const chunks = chunk(parsed)
    const below = chunks.filter(({ text, start }) => !text.includes(names) && parsed.text.lastIndexOf("\n\n") > start)
    expect(below.length).toBeGreaterThan(3)
    for (const [place, piece] of chunks.entries()) {
      const isBelow = below.includes(piece)
      expect(piece.tableHeader).toBe(isBelow ? names : undefined)
      const embedded = embeddedText("Handbook", piece)
      expect(embedded.split("\n").includes(names)).toBe(isBelow || piece.text.includes(names))
      expect(embedded.endsWith(`\n${piece.text}`)).toBe(true)
      expect(estimateTokens(embedded)).toBeLessThanOrEqual(MAX_TOKENS + 1)
      if (isBelow) expect(lexicalText("", chunks, place)).toContain(names)
    }
  })

  test("cuts a sentence beyond the limit between words", () => {
    const chunks = chunk(document((builder) => builder.paragraph(Array(600).fill("word").join(" "))))
    expect(chunks.length).toBeGreaterThan(2)
    for (const piece of chunks) expect(piece.text).toMatch(/^(?:word ?)+$/)
  })

  test("cuts text without spaces, never within a character", () => {
    const chunks = chunk(document((builder) => builder.paragraph("𠮷野家".repeat(400))))
    expect(chunks.length).toBeGreaterThan(3)
    for (const piece of chunks) expect(piece.text).not.toMatch(/\p{Surrogate}/u)
  })

  test("covers all blocks, in order, without overlap, within the limit", async () => {
    const words = array(
      constantFrom("leave", "policy", "a", "Überstunden", "12.50", "e.g.", "end.", "Why?", "日本", "x".repeat(90)),
      {
        minLength: 1,
        maxLength: 120,
      },
    )
    const block = record({
      type: constantFrom("heading", "paragraph", "listItem", "code", "page"),
      level: integer({ min: 1, max: 6 }),
      words,
    })
    await assert(
      property(array(block, { minLength: 1, maxLength: 25 }), string(), (blocks, title) => {
        let page = 0
        const parsed = document((builder) => {
          builder.paragraph("start")
          for (const { type, level, words } of blocks) {
            if (type === "page") builder.page(++page)
            else if (type === "heading") builder.heading(level, words.slice(0, 8).join(" "))
            else builder[type](words.join(" "))
          }
        }, title)
        const language = languageOf(parsed.text)
        let end = 0
        for (const [ordinal, piece] of chunk(parsed).entries()) {
          expect(piece.ordinal).toBe(ordinal)
          expect(piece.start).toBeGreaterThanOrEqual(end)
          expect(parsed.text.slice(end, piece.start).trim()).toBe("")
          expect(piece.text).toBe(parsed.text.slice(piece.start, piece.end))
          expect(piece.text.trim()).toBe(piece.text)
          expect(estimateTokens(embeddedText(parsed.title ?? "", piece), language)).toBeLessThanOrEqual(MAX_TOKENS + 1)
          const pages = parsed.blocks.filter((one) => one.start < piece.end && one.end > piece.start)
          expect(new Set(pages.map((one) => one.page))).toEqual(new Set([piece.page]))
          end = piece.end
        }
        expect(parsed.text.slice(end).trim()).toBe("")
      }),
      { numRuns: 150, seed: 7 },
    )
  })

  test("takes time in proportion to the document", () => {
    const started = performance.now()
    const parsed = document((builder) => {
      for (let row = 0; row < 20_000; row++) builder.tableRow(`Part: A-${row}; Price: ${row}.50`)
    })
    expect(chunk(parsed).length).toBeGreaterThan(1000)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe("embeddedText()", () => {
  test("puts title and headings in front, the title once", () => {
    expect(embeddedText("Leave", { headingPath: ["Leave", "Parental"], text: "16 weeks." })).toBe(
      "Leave > Parental\n16 weeks.",
    )
    expect(embeddedText("", { headingPath: [], text: "16 weeks." })).toBe("16 weeks.")
  })

  test("leaves out outer headings where the header would crowd out the text", () => {
    const headingPath = ["first", "second", "third"].map((word) => `${word} ${"long ".repeat(16)}`.trim())
    const [header = ""] = embeddedText("Title", { headingPath, text: "Text." }).split("\n")
    expect(header).toContain("third")
    expect(header).not.toContain("first")
    expect(estimateTokens(header)).toBeLessThanOrEqual(41)
  })
})

test("lexicalText() counts the title three times and the headings twice", () => {
  const text = lexicalText("Leave", [{ headingPath: ["Parental"], text: "Text." }], 0)
  expect(text.match(/Leave/g)).toHaveLength(3)
  expect(text.match(/Parental/g)).toHaveLength(2)
})

test("lexicalText() holds the neighbours below the same headings, and no others", () => {
  const chunks = ["zero", "one", "two", "three", "four"].map((text, place) => ({
    headingPath: [place < 4 ? "First" : "Second"],
    text,
  }))
  const words = chunks.map((_, place) => lexicalText("", chunks, place).split("\n").slice(2))
  expect(words).toEqual([["zero", "one"], ["one", "zero", "two"], ["two", "one", "three"], ["three", "two"], ["four"]])
})

describe("estimateTokens()", () => {
  let count: (text: string) => number
  beforeAll(async () => {
    env.allowRemoteModels = false
    env.localModelPath = join(packageRoot, "data/models/")
    const tokenizer = await AutoTokenizer.from_pretrained("all-MiniLM-L6-v2")
    count = (text) => tokenizer.encode(text, { add_special_tokens: false }).length
  })

  test("is within 15 % of the embedder's tokenizer on English prose", () => {
    for (const sample of [PROSE, RULES, sentences(10)]) {
      const ratio = estimateTokens(sample) / count(sample)
      expect(ratio).toBeGreaterThan(0.85)
      expect(ratio).toBeLessThan(1.15)
    }
  })

  test("weighs plain text as the rules for all scripts do", () => {
    const unit = constantFrom(...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)), ...LETTERS)
    void assert(
      property(
        string({ unit, maxLength: 40 }),
        constantFrom("english" as const, "other" as const),
        (text, language) => {
          const beyond = tokenWeight("。", language)
          expect(tokenWeight(text, language) + beyond).toBeCloseTo(tokenWeight(`${text}。`, language), 9)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test("does not fall short for a language that the vocabulary does not know", () => {
    expect(estimateTokens(GERMAN, languageOf(GERMAN))).toBeGreaterThan(count(GERMAN) * 0.9)
  })
})

/** Words are rare among all characters. */
const LETTERS = "aaabcdefgABCDEF0123    ".split("")
const PROSE = `Employees who have worked for the company for at least twelve months are entitled to sixteen weeks of paid parental
leave. The leave may be taken in two parts, provided that the manager agrees in writing at least thirty days before the first
day. During the leave the company continues to pay its share of the health insurance premiums, and the employee's position is
held open. Unused days expire at the end of the calendar year; exceptions need the approval of the HR department. Travel
expenses are reimbursed within 14 days if the original receipts are submitted through the expense portal. For questions,
contact the help desk by e-mail or call extension 4711 between 9 a.m. and 5 p.m. on working days.`
const RULES = `Remote staff must connect through the VPN before they open customer records. Passwords have at least 14 characters,
are never reused, and must be changed when a device is lost. Report incidents to security@example.com within one hour; the
on-call engineer (see rota) will call back. Contractors may not use personal USB drives, and laptops older than five years are
replaced by IT. Visitors sign in at reception, wear a badge and are accompanied at all times in buildings B2 and C.`
const GERMAN = `Beschäftigte haben nach zwölf Monaten Betriebszugehörigkeit Anspruch auf sechzehn Wochen bezahlte Elternzeit. Der
Antrag muss spätestens dreißig Tage vor Beginn schriftlich bei der Personalabteilung eingereicht werden. Während der Elternzeit
übernimmt das Unternehmen weiterhin seinen Anteil an den Krankenversicherungsbeiträgen, und der Arbeitsplatz bleibt erhalten.`
