import { expect, test } from "vitest"
import { splitSentences } from "../src/core/sentences.ts"
import { departureOf } from "../src/generation/excerpt.ts"
import { evalRows } from "./support/eval-rows.ts"

const departure = (sentence: string, quote: string, { title = "Notes", question = "What is said?" } = {}) =>
  departureOf(sentence, quote, { title, question })

test.each([
  ["the whole", "The hall seats 320 people.", "The hall seats 320 people."],
  ["one sentence of two", "The desk unlocks accounts.", "Accounts are locked at night. The desk unlocks accounts."],
  ["another article, a numeral", "A warranty lasts 6 months.", "The warranty lasts six months."],
  ["no connective", "Line 7 runs every ten minutes.", "In fact, line 7 runs every ten minutes."],
  ["the end behind a mark", "The law is a body of treaties.", "The law is a body of treaties, such as directives."],
  ["no aside", "FITARA was enacted in 2014.", "FITARA, which agencies had asked for, was enacted in 2014."],
  ["no brackets", "The office (OA) answers mail.", "The office (OA) answers mail (and letters)."],
  ["a second statement", "It is paid.", "The leave lasts 16 weeks; it is paid."],
  ["a label and its value, in any sequence", "24 Nm is the torque.", "Torque | 24 Nm"],
  [
    "German",
    "Der Betriebsrat hat 9 Mitglieder.",
    "Der Betriebsrat hat neun Mitglieder, die alle vier Jahre gewählt werden.",
  ],
])("departureOf() takes for an excerpt: %s", (_, sentence, quote) => {
  expect(departure(sentence, quote)).toBeUndefined()
})

test.each([
  ["border", "Thomas Newcomen invented the engine.", "The engine was invented by Thomas Newcomen."],
  ["words", "Jerónimo de Ayanz and Beaumont got a patent.", "Jerónimo de Ayanz y Beaumont got a patent."],
  ["words", "X.25 allows a handshake.", "It allows a handshake."],
  ["border", "The court is the highest court.", "The court is the highest court able to interpret the law."],
  ["border", "EU law is applied by courts.", "Most EU law is applied by courts."],
  ["border", "The council held a vote.", "Critics say the council held a vote."],
  ["beginning", "The state cannot enforce the law.", "If the deadline is missed, the state cannot enforce the law."],
  ["beginning", "Workers must be paid weekly.", "Under the law of Ohio, workers must be paid weekly."],
  ["middle", "Mercury is the fluid in the turbine.", "Mercury is the fluid in the mercury vapour turbine."],
  ["middle", "Guests use the lift.", "Guests (with keys only) use the lift."],
  ["middle", "In May, Ann went to Rome.", "In May, Tom went to Oslo, in June, Ann went to Rome."],
  ["end", "Parcels are collected.", "Parcels are collected, unless they weigh over 31.5 kg."],
  ["border", "Turbines are used.", "Turbines are used (since 1900) in ships."],
  ["end", "The plan failed.", "The plan failed, critics say."],
  ["end", "Entry is free.", "Entry is free, for members."],
  ["end", "Entry is free.", "Entry is free (for members)."],
  ["middle", "Guests use the lift.", "Guests (for a fee) use the lift."],
  ["middle", "Entry is free.", "Entry, on weekdays, is free."],
  ["beginning", "The fee is 40 euros.", "It was proposed that visits become free, and the fee is 40 euros."],
  ["beginning", "The fee is 40 euros.", "We assume that visits become free, and the fee is 40 euros."],
  ["middle", "The nominal pressure is 16 bar.", "Nominal pressure | 10 bar | Test pressure | 16 bar"],
  ["middle", "The torque is 24 Nm.", "Torque | 24 Nm, only with oil"],
])("departureOf() says %s: %s", (found, sentence, quote) => {
  expect(departure(sentence, quote)).toBe(found)
})

test("departureOf() leaves out the circumstance that the question names", () => {
  const question = "Is entry free for members?"
  expect(departure("Entry is free.", "Entry is free, for members.", { question })).toBeUndefined()
})

test("departureOf() leaves out a condition that the question names, and none that it turns", () => {
  const quote = "If the deadline is not met, the state cannot enforce the law."
  const sentence = "The state cannot enforce the law."
  expect(departure(sentence, quote, { question: "What if the deadline is not met?" })).toBeUndefined()
  expect(departure(sentence, quote, { question: "What happens when the deadline is met?" })).toBe("beginning")
})

test("departureOf() takes a name for an answer where the quote has all that the question asks of", () => {
  const quote = "Frontex, the European Union agency for border security, has its headquarters in Warsaw."
  expect(
    departure("Frontex", quote, { question: "What is the European Union agency for border security?" }),
  ).toBeUndefined()
  expect(departure("Frontex", quote, { question: "What is the FMCG agency for border security?" })).toBe("question")
})

test.each([
  ["16 weeks.", "How long is parental leave?", "Parental leave is 16 weeks long."],
  ["1712", "In what year was Newcomen's engine used in a mine?", "Newcomen's engine was used in 1712 in a mine."],
  ["1 hour", "How soon do I report a lost card?", "Report a lost card within 1 hour."],
  ["1 hour", "How many hours are there for a lost card?", "Report a lost card within 1 hour."],
  ["less than 15 parts", "How clean must the water be?", "The water must be clean: less than 15 parts of oil."],
  ["channel 12", "On which channel is the service called?", "The service is called on channel 12."],
  [
    "4-6 weeks",
    "How long does a detail take when an agreement is needed?",
    "A detail takes 4-6 weeks, if an agreement is needed.",
  ],
])("departureOf() takes for a short answer: %s", (sentence, question, quote) => {
  expect(departure(sentence, quote, { question })).toBeUndefined()
})

test.each([
  ["another number", "28 days", "How long are holidays?", "Holidays are 28 days long, 30 days for parents."],
  ["a bound", "5 days", "How long does a change take?", "A change takes up to 5 days."],
  ["an approximation", "5 days", "How long does a change take?", "A change takes about 5 days."],
  ["another thing asked of", "1712", "When was Savery's engine used?", "Newcomen's engine was used in 1712."],
  ["a condition", "5 days", "How long is the leave?", "The leave is 5 days long if you move."],
  ["a denial", "In 2004", "When did the treaty come into force?", "The treaty of 2004 never came into force."],
  ["a part of a word", "5 days", "How long is it?", "It is 15 days long."],
  ["a clause", "Staff get 30 days.", "How many days do staff get?", "The council suggested that staff get 30 days."],
  ["a suggestion", "30 days", "How many days do staff get?", "The council suggested that staff get 30 days."],
  ["what is untested", "9 bar", "What does the pump hold?", "It is untested whether the pump holds 9 bar."],
  ["a rumour", "40 euros", "What do visitors pay?", "Rumour has it that visitors pay 40 euros."],
  ["a beginning", "16 weeks", "How long is leave for parents?", "Under the proposal, leave for parents is 16 weeks."],
  [
    "a cell of many",
    "41 euros",
    "What is the price of a night in Bonn?",
    "Price of a night | Deposit\nBonn | on request | 41 euros",
  ],
  ["no number", "Administrative law.", "Which law binds states?", "Administrative law binds states."],
])("departureOf() takes for no short answer: %s", (_, sentence, question, quote) => {
  expect(departure(sentence, quote, { question })).toBeDefined()
})

test("departureOf() lets every sentence of 154 quotes pass as it stands there", () => {
  const quotes = evalRows<{ readonly evidence: string }>("lies/truths.jsonl").map(({ evidence }) => evidence)
  const copies = quotes.flatMap((quote) =>
    splitSentences(quote).map(({ start, end }) => [quote.slice(start, end), quote] as const),
  )
  expect(copies.length).toBeGreaterThan(150)
  expect(copies.filter(([sentence, quote]) => departure(sentence, quote) !== undefined)).toEqual([])
})

test("departureOf() comes to an end, whatever the brackets of a text", () => {
  expect(departure("x ".repeat(30), `${"(x) ".repeat(60)} y`)).toBe("border")
})
