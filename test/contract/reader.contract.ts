import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Reader, ReaderPassage, Reading } from "../../src/core/ports.ts"
import { splitSentences } from "../../src/core/sentences.ts"

const LOWEST_LOGIT = -12
const QUESTION = "How many weeks of parental leave do parents get?"
const ANSWER = "Parents get 16 weeks of parental leave."

/** A passage whose sentences are those that Ibid splits. */
export function passageOf(text: string, title = "", headingPath: readonly string[] = []): ReaderPassage {
  return { title, headingPath, text, sentences: splitSentences(text) }
}

/** What every reader promises to the rest of Ibid; one that scores passages alone says null of their sentences. */
export function describeReaderContract(
  name: string,
  open: () => Reader,
  { scoresSentences = true }: { readonly scoresSentences?: boolean } = {},
): void {
  describe(`${name} as a Reader`, () => {
    let reader: Reader
    beforeAll(() => {
      reader = open()
    })
    afterAll(() => reader.dispose())
    const read = async (...passages: ReaderPassage[]): Promise<readonly Reading[]> =>
      await reader.read(QUESTION, passages, {})

    const LEAVE = `The canteen opens at noon. ${ANSWER} Dogs are welcome.`
    const FILLER = Array.from({ length: 80 }, (_, at) => `The pump number ${at} needs oil every 500 hours.`)

    if (scoresSentences) {
      test("read() gives one reading a passage and one score a sentence, in order", async () => {
        const passages = [passageOf(LEAVE, "Handbook", ["Leave", "Parental"]), passageOf("The pump needs oil.")]
        const readings = await read(...passages)
        expect(readings.map(({ sentences }) => sentences?.length)).toEqual([3, 1])
        const scores = readings[0]?.sentences ?? []
        expect(scores.indexOf(Math.max(...scores))).toBe(1)
      })

      test("read() finds the sentence at the end of a passage that is longer than any window", async () => {
        const [reading] = await read(passageOf([...FILLER, ANSWER].join(" ")))
        const scores = reading?.sentences ?? []
        expect(scores).toHaveLength(81)
        expect(scores.indexOf(Math.max(...scores))).toBe(80)
      })
    } else {
      test("read() gives one reading a passage, in order, and says null of the sentences", async () => {
        const passages = [passageOf(LEAVE, "Handbook", ["Leave", "Parental"]), passageOf("The pump needs oil.")]
        expect((await read(...passages)).map(({ sentences }) => sentences)).toEqual([null, null])
      })

      test("read() hears the answer at the end of a passage that is longer than any window", async () => {
        const [without, answers] = await read(...[FILLER, [...FILLER, ANSWER]].map((all) => passageOf(all.join(" "))))
        expect(answers?.answerable).toBeGreaterThan(without?.answerable ?? Number.POSITIVE_INFINITY)
      })
    }

    test("read() gives the passage that answers a higher logit than one that does not", async () => {
      const [none, answers] = await read(passageOf("The pump needs oil every 500 hours."), passageOf(ANSWER))
      expect(answers?.answerable).toBeGreaterThan(none?.answerable ?? Number.POSITIVE_INFINITY)
    })

    test("read() gives finite scores, none below -12", async () => {
      const odd = ["x".repeat(5_000), "word ".repeat(5_000), "\u0000", "🙂", "[SEP] [CLS] [MASK]"]
      for (const reading of await read(...odd.map((text) => passageOf(text, "t".repeat(2_000))))) {
        for (const score of [reading.answerable, ...(reading.sentences ?? [])]) {
          expect(Number.isFinite(score)).toBe(true)
          expect(score).toBeGreaterThanOrEqual(LOWEST_LOGIT)
        }
      }
    })

    test("read() gives the lowest logit to a passage without sentences", async () => {
      expect(await read(passageOf(""))).toEqual([{ answerable: LOWEST_LOGIT, sentences: scoresSentences ? [] : null }])
    })

    test("read() gives nothing for no passages", async () => {
      expect(await read()).toEqual([])
    })

    test("read() takes a question of any length", async () => {
      const [reading] = await reader.read(`${QUESTION} `.repeat(2_000), [passageOf(ANSWER)], {})
      expect(Number.isFinite(reading?.answerable)).toBe(true)
    })

    test("read() gives the same for the same input", async () => {
      expect(await read(passageOf(ANSWER))).toEqual(await read(passageOf(ANSWER)))
    })

    test("read() throws cancelled for a signal that has fired", async () => {
      const call = reader.read(QUESTION, [passageOf(ANSWER)], { signal: AbortSignal.abort() })
      await expect(call).rejects.toMatchObject({ code: "cancelled" })
    })

    test("read() throws cancelled when the signal fires on the way, and works afterwards", async () => {
      const controller = new AbortController()
      const call = reader.read(QUESTION, Array<ReaderPassage>(20).fill(passageOf(ANSWER)), {
        signal: controller.signal,
      })
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: "cancelled" })
      expect(await read(passageOf(ANSWER))).toHaveLength(1)
    })
  })
}
