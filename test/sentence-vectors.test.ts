import { expect, test } from "vitest"
import { poolSentences, toBytes } from "../src/engine/sentence-vectors.ts"

/** One token a word. */
const encode = (piece: string) => piece.split(" ").flatMap((word) => (word === "" ? [] : [word.length]))
const TEXT = "Title one two. three four."
const RANGES = [
  { start: 6, end: 14 },
  { start: 15, end: 26 },
]
const ids = [1, ...encode(TEXT), 2]
/** A state of two numbers a token: its place, and one. */
const states = Float32Array.from(ids.flatMap((_, place) => [place, 1]))

test("poolSentences() gives the mean direction of the states of each sentence's tokens", () => {
  const vectors = poolSentences({ text: TEXT, ranges: RANGES, ids, encode }, { states, tokens: ids.length })
  // places 2 and 3, then 4 and 5
  expect(vectors).toEqual(
    Int8Array.from([...toBytes(Float32Array.from([5, 2])), ...toBytes(Float32Array.from([9, 2]))]),
  )
})

test("poolSentences() has zeros for a sentence beyond the model's limit", () => {
  const tokens = 5 // the last of them ends the text
  const cut = { states: states.slice(0, 2 * tokens), tokens }
  expect(poolSentences({ text: TEXT, ranges: RANGES, ids, encode }, cut)).toEqual(
    Int8Array.from([...toBytes(Float32Array.from([5, 2])), 0, 0]),
  )
})

test("poolSentences() gives none where the tokens of the pieces are not those of the text", () => {
  const whole = { states, tokens: ids.length }
  expect(poolSentences({ text: TEXT, ranges: RANGES, ids: [...ids, 7], encode }, whole)).toBeNull()
})
