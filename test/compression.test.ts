import { expect, test } from "vitest"
import { distortionOf } from "../src/generation/compression.ts"

const QUESTION = "What is said?"
const distortion = (sentence: string, quote: string, { title = "Notes", question = QUESTION } = {}) =>
  distortionOf(sentence, quote, { title, question })

test.each([
  ["left out", "FITARA was enacted in 2014.", "FITARA was, after long debate, enacted in 2014 by the Congress."],
  ["a passive", "Watt introduced the duty.", "The duty was first introduced by Watt to compare engines."],
  ["an active", "The drift was discovered by Amalie Hoffer.", "Amalie Hoffer discovered the drift in Leiden."],
  ["A is B for B, A", "The canteen is the oldest house.", "The oldest house, the canteen, is closed."],
  [
    "a place in front",
    "The data is reassembled at the destination.",
    "At the destination, the data is reassembled in order.",
  ],
  [
    "a table row, in any order",
    "The manufacturer checks the spindle.",
    "Milling centre M4 | Check the spindle | manufacturer",
  ],
  ["a second verb", "The hall costs 1,450 euros a day.", "The hall seats 320 people and costs 1,450 euros a day."],
  ["one sentence of two", "The desk unlocks accounts.", "Accounts are locked at night. The desk unlocks accounts."],
  ["a place that the title names", "The general was born in Warsaw.", "The general was born here in 1745."],
])("distortionOf() lets pass: %s", (_, sentence, quote) => {
  expect(distortion(sentence, quote, { title: "Warsaw" })).toBeUndefined()
})

test.each([
  ["order", "The Red Army defeated the capital.", "The capital was defended and the Red Army defeated.", {}],
  ["role", "The parliament elects citizens.", "The parliament (it is elected by citizens) gives its consent.", {}],
  [
    "subject",
    "Frame Relay requires a handshake.",
    "Other than X.25, Frame Relay says that the modem requires a handshake.",
    {},
  ],
  ["subject", "The pump needs a filter.", "The pump runs for hours and the heater needs a filter.", {}],
  [
    "condition",
    "The state cannot enforce the law.",
    "If the deadline is missed, the state cannot enforce the law.",
    {},
  ],
  ["restriction", "Parcels are collected.", "Parcels over 31.5 kg are collected.", {}],
  ["restriction", "She was born in 1904.", "She, born in Graz in 1871, discovered the drift in 1904.", {}],
  ["restriction", "Guests use the lift.", "Guests with keys only use the lift.", {}],
  ["hedge", "Plugs are present in the boiler.", "Plugs may be present in the boiler.", {}],
  [
    "name",
    "The unit of division in Warsaw is a commune.",
    "The unit of division in Poland is a commune.",
    { title: "Warsaw" },
  ],
  ["denial", "In 2004.", "The 2004 treaty never came into force.", {}],
])("distortionOf() says %s: %s", (found, sentence, quote, context) => {
  expect(distortion(sentence, quote, context)).toBe(found)
})

test("distortionOf() takes a few words for an answer only where the quote has what the question asks of", () => {
  const quote = "Thomas Newcomen's engine was used in 1712 for pumping in a mine."
  expect(distortion("1712", quote, { question: "In what year was Newcomen's engine used in a mine?" })).toBeUndefined()
  expect(distortion("1712", quote, { question: "In what year was Savery's engine used in a mine?" })).toBe("question")
  const shortening = "Speed is gained by shortening the admission event, which lengthens the expansion period."
  const question = "What is another term for shortening the expansion event?"
  expect(distortion("Shortening the admission event.", shortening, { question })).toBe("question")
})

test("distortionOf() keeps a condition that the question names, and none that it turns", () => {
  const quote = "If the deadline is not met, the state cannot enforce the law."
  const sentence = "The state cannot enforce the law."
  expect(distortion(sentence, quote, { question: "What if the deadline is not met?" })).toBeUndefined()
  expect(distortion(sentence, quote, { question: "What happens when the deadline is met?" })).toBe("condition")
})
