import { describe, expect, test } from "vitest"
import { splitSentences } from "../src/core/sentences.ts"

const sentences = (text: string) => splitSentences(text).map(({ start, end }) => text.slice(start, end))

describe("splitSentences() keeps together", () => {
  test.each([
    ["an abbreviated title", "Ask Dr. Weber or Prof. Maier."],
    ["initials", "J. R. Smith signed it."],
    ["an initialism", "The U.S. Army and the U.K. Navy met."],
    ["a month", "It starts on Mon, 3 Feb. 2026 at noon."],
    ["a reference", "See Fig. 3, Sec. 4 and No. 17."],
    ["a company", "Acme Inc. Berlin and Foo Ltd. London merged."],
    ["decimals and versions", "Version 2.10.3 costs 1.5 or .75 euros."],
    ["a file and an address", "Open setup.exe from files.example.com now."],
    ["a full stop before a lower-case word", "It took approx. five minutes, i.e. long."],
    ["a German date", "Er beginnt am 1. Oktober 2026 und endet am 24. Dez. um 12 Uhr."],
    ["a German date that is still being written", "Er beginnt am 1. Ok"],
    ["a German ordinal", "Ab dem 3. Tag ist ein Attest nötig."],
    ["German ordinals", "Im 2. Stock, in der 3. Etage und jeden 2. Dienstag bis zum 1. FC-Tag."],
    ["an ordinal of what German counts", "Frist: 3. Werktag nach Eingang, 2. Quartal oder 12. Lebensjahr."],
    ["a German ordinal that is still being written", "Es gilt am 3. Die"],
    ["a limit", "The operating pressure of the housing is max. 10 bar at any time."],
    ["a number of a part", "The spare seal is part no. 4711 from the store, order nr. 12."],
    [
      "references in lower case",
      "It is in fig. 3, sec. 4, ch. 5, art. 6, vol. 7 and on pp. 8 to 9, p. 10 (approx. 5).",
    ],
    ["telephone numbers", "Call tel. 040 1234, ext. 220, or Tel. (040) 99."],
    ["what is included", "It costs 5 euros incl. VAT, excl. Packaging, zzgl. MwSt."],
    [
      "German streets, sums and limits",
      "In der Hauptstr. 5 und Talstr. 7 lagern mind. 5 Mio. Euro und max. 3 Mrd. Dollar.",
    ],
    ["German abbreviations", "Siehe Nr. 5 bzw. Abs. 3, z. B. Hr. Weber, d. h. ca. 20 Leute."],
    ["an ellipsis inside a sentence", "Wait ... then go on."],
  ])("%s", (_, text) => {
    expect(sentences(text)).toEqual([text])
  })
})

describe("splitSentences() splits", () => {
  test.each([
    ["at each kind of end mark", "Stop! Why? Because.", ["Stop!", "Why?", "Because."]],
    ["after a number, before what is no month", "Es sind 12. Mehr nicht.", ["Es sind 12.", "Mehr nicht."]],
    ["after a decimal, before a month", "Es kostet 1.50. Mai ist frei.", ["Es kostet 1.50.", "Mai ist frei."]],
    [
      "after a German date without its month",
      "Zahlbar zum 15. Die Frist gilt.",
      ["Zahlbar zum 15.", "Die Frist gilt."],
    ],
    ["after an age", "I am 16. You are older.", ["I am 16.", "You are older."]],
    ["after `no` and `max`", "Is it a no. You ask Max. Then go.", ["Is it a no.", "You ask Max.", "Then go."]],
    ["after `in mind`", "Keep that in mind. The rest waits.", ["Keep that in mind.", "The rest waits."]],
    ["before a digit", "Done in May. 16 weeks follow.", ["Done in May.", "16 weeks follow."]],
    ["before an accented capital", "Fin. État des lieux.", ["Fin.", "État des lieux."]],
    ["before an opening quote", "He left. “Go on,” she said.", ["He left.", "“Go on,” she said."]],
    ["after a closing quote", 'She said "Go." Then he left.', ['She said "Go."', "Then he left."]],
    ["after a closing bracket", "(It is so.) Then he left.", ["(It is so.)", "Then he left."]],
    ["items of a list", "- one\n- two\n\n1. three", ["- one", "- two", "1. three"]],
    ["rows of a table", "Day | Hours\nMonday | 8", ["Day | Hours", "Monday | 8"]],
    ["a line after an abbreviation", "Acme Inc.\nBerlin", ["Acme Inc.", "Berlin"]],
    ["Chinese", "第一句。第二句！第三句？完", ["第一句。", "第二句！", "第三句？", "完"]],
    ["Japanese quotes with their end", "「行け。」彼は去った。", ["「行け。」", "彼は去った。"]],
    ["Cyrillic", "Это так. Потом иначе.", ["Это так.", "Потом иначе."]],
  ])("%s", (_, text, expected) => {
    expect(sentences(text)).toEqual(expected)
  })
})

test.each(["", " ", "\n\n", "\t \n"])("splitSentences() finds nothing in %j", (text) => {
  expect(splitSentences(text)).toEqual([])
})

test("splitSentences() loses nothing but white space", () => {
  const text = " One. Two!\n\n- a (b.) C\n“Q?” R… 猫。犬\t end "
  const kept = sentences(text).join("")
  expect(kept.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""))
})

test("splitSentences() stays quick on long runs of marks and spaces", () => {
  const started = performance.now()
  const text = `${"a. ".repeat(20_000)}${".".repeat(50_000)}${" ".repeat(50_000)}${"\n".repeat(50_000)}${"'".repeat(50_000)}`
  expect(splitSentences(text).length).toBeGreaterThan(0)
  expect(performance.now() - started).toBeLessThan(5_000)
})
