import iconv from "iconv-lite"
import { describe, expect, test } from "vitest"
import { csvParser } from "../ingest/parse/csv.ts"
import { textParser } from "../ingest/parse/text.ts"
import type { ParsedDocument } from "../src/core/types.ts"

/** By the encodings in which each language is written; the guess may name a neighbour that has the same letters. */
const SENTENCES = {
  "windows-1252 iso-8859-1 iso-8859-15 utf-32le utf-32be":
    "Die Größe der Räume: für jede Abteilung wird ein Büro über dem Erdgeschoß benötigt.",
  "windows-1250 iso-8859-2":
    "Zażółć gęślą jaźń. Każdy pracownik otrzymuje dwadzieścia sześć dni urlopu, jeśli pracuje dłużej niż dziesięć lat.",
  "windows-1251 koi8-r iso-8859-5": "Каждый сотрудник имеет право на двадцать восемь дней отпуска в году.",
  "windows-1253 iso-8859-7": "Κάθε εργαζόμενος δικαιούται είκοσι πέντε ημέρες τον χρόνο.",
  "windows-1254 iso-8859-9": "Her çalışanın yılda yirmi gün izin hakkı vardır; müdür onaylar. Işık söndü.",
  "windows-1255 iso-8859-8": "כל עובד זכאי לעשרים ימי חופשה בשנה. יש להגיש את הבקשה שבועיים מראש.",
  "windows-1256 iso-8859-6": "يحق لكل موظف عشرون يوما من الإجازة في السنة. يجب تقديم الطلب قبل أسبوعين.",
  "shift_jis euc-jp utf-16le utf-16be":
    "従業員は年間二十日の有給休暇を取得する権利があります。申請は二週間前までに提出してください。",
  "euc-kr utf-16le": "모든 직원은 연간 이십일의 휴가를 받을 권리가 있습니다.",
  "gb18030 gbk utf-16be": "每位员工每年有权享受二十天的带薪休假。申请必须提前两周提交给直接主管批准。",
  big5: "每位員工每年有權享受二十天的帶薪休假。申請必須提前兩週提交給直屬主管批准。",
}

async function parse(source: string | Uint8Array): Promise<ParsedDocument> {
  return await textParser.parse(Buffer.from(source), { path: "notes.txt", mediaType: "text/plain" })
}

async function parseCsv(source: string | Uint8Array, mediaType = "text/csv"): Promise<ParsedDocument> {
  return await csvParser.parse(Buffer.from(source), { path: "list.csv", mediaType })
}

describe("textParser", () => {
  test("parse() ends paragraphs at blank lines", async () => {
    expect((await parse("one\n \ntwo\n\n\n\nthree\n")).blocks).toHaveLength(3)
  })

  test("parse() joins lines that were wrapped at a width and keeps a list's lines", async () => {
    const wrapped =
      "Parents get sixteen weeks of leave after the birth of a\nchild, and they may take it in two parts if their team\nagrees."
    expect((await parse(wrapped)).text).not.toContain("\n")
    expect(
      (await parse("- first point of the list, a long one\n- second point of the list, a long one")).text,
    ).toContain("\n")
  })

  test.each(["utf-16le", "utf-16be"])("parse() reads %s with and without its mark", async (encoding) => {
    const source = "Größe und Maß: 12 €, “quoted”"
    expect((await parse(iconv.encode(source, encoding, { addBOM: true }))).text).toBe(source)
    const unmarked = await parse(iconv.encode(source, encoding, { addBOM: false }))
    expect(unmarked).toMatchObject({ text: source, warnings: [`encoding-guessed:${encoding}`] })
  })

  test("parse() reads UTF-8 with its mark without a warning", async () => {
    expect(await parse("\uFEFFnaïve")).toMatchObject({ text: "naïve", warnings: [] })
  })

  test("parse() guesses other encodings and says so", async () => {
    const source =
      "Die Größe der Räume: für jede Abteilung wird ein Büro über dem Erdgeschoß benötigt – “gemäß” Vertrag."
    const parsed = await parse(iconv.encode(source, "windows-1252"))
    expect(parsed).toMatchObject({ text: source, warnings: ["encoding-guessed:windows-1252"] })
  })

  test.each(
    Object.entries(SENTENCES).flatMap(([encodings, sentence]) =>
      encodings.split(" ").map((encoding) => [encoding, sentence] as const),
    ),
  )("parse() guesses %s from a few sentences", async (encoding, sentence) => {
    const { text, warnings } = await parse(iconv.encode(`${sentence}\n\n${sentence}\n`, encoding, { addBOM: false }))
    expect(text).toBe(`${sentence}\n\n${sentence}`)
    expect(warnings).toEqual([expect.stringMatching(/^encoding-guessed:/)])
  })

  test.each(["utf-32le", "utf-32be"])("parse() reads %s with its mark", async (encoding) => {
    expect(await parse(iconv.encode("Größe 🌊", encoding, { addBOM: true }))).toMatchObject({
      text: "Größe 🌊",
      warnings: [],
    })
  })

  test("parse() removes invisible characters and replaces halves of characters", async () => {
    const { text } = await parse(iconv.encode("a\u200Bb\u00ADc\u0007 \uD800x", "utf-16le", { addBOM: true }))
    expect(text).toBe("abc \uFFFDx")
  })

  test("parse() refuses binary content", async () => {
    await expect(parse(Buffer.alloc(64, 3))).rejects.toMatchObject({ code: "broken-file" })
  })

  test("parse() refuses white space alone", async () => {
    expect(await parse(" \n\n ")).toMatchObject({ text: "", warnings: expect.arrayContaining(["no-text"]) })
  })
})

describe("csvParser", () => {
  test("parse() gives each row with the names of its columns as a block", async () => {
    const { text, blocks } = await parseCsv('Part,Price,Note\nA-1,12.50,"two\nlines"\nB-2,9,\n')
    expect(text).toBe("Part, Price, Note\nPart: A-1; Price: 12.50; Note: two lines\nPart: B-2; Price: 9")
    expect(blocks.map(({ type, row }) => [type, row])).toEqual([
      ["table", 1],
      ["table", 2],
      ["table", 3],
    ])
  })

  test.each([";", "\t", "|"])("parse() finds the delimiter %j", async (delimiter) => {
    const source = ["Part,Price", "A-1,12,5 EUR"].map((line) => line.replace(",", delimiter)).join("\n")
    expect((await parseCsv(source)).text).toMatch(/^Part.{1,3}Price\nPart: A-1; Price: 12,5 EUR$/)
  })

  test("parse() keeps commas in cells of a tab-separated file", async () => {
    expect((await parseCsv("a\tb\n1,2\t3,4\n", "text/tab-separated-values")).text).toBe("a | b\na: 1,2; b: 3,4")
  })

  test("parse() takes lines above the header for a caption and a title", async () => {
    const { title, text } = await parseCsv("Stanley Cups,,\nTeam,City,Cups\nLeafs,Toronto,13\n")
    expect(title).toBe("Stanley Cups")
    expect(text).toBe("Stanley Cups\n\nTeam, City, Cups\nTeam: Leafs; City: Toronto; Cups: 13")
  })

  test("parse() gives plain rows where the first row is data", async () => {
    expect((await parseCsv("1,2024-01-05\n2,2024-01-06\n")).text).toBe("1, 2024-01-05\n2, 2024-01-06")
  })

  test("parse() reads on where a quotation mark is never closed", async () => {
    expect((await parseCsv('a,b\n1,"open\n2,x\n')).text).toContain("a: 2; b: x")
  })

  test("parse() guesses Japanese encodings", async () => {
    expect((await parseCsv(iconv.encode("名前,住所\n佐藤太郎,東京\n", "shift_jis"))).text).toBe(
      "名前, 住所\n名前: 佐藤太郎; 住所: 東京",
    )
  })
})
