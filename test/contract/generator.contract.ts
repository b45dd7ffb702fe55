import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { isPromptTooLong } from "../../src/core/errors.ts"
import type { Generator, Message } from "../../src/core/ports.ts"

/** A prompt that every generator under test writes several pieces for, when it is let. */
export const PROMPT: readonly Message[] = [
  { role: "user", content: "Text: Parents get 16 weeks of leave.\n\nQuestion: How many weeks do parents get?" },
]

const CHOICES = ["yes", "no"]

export interface GeneratorUnderTest {
  readonly generator: Generator
  /** Ends what the generator needs; the generator itself has been disposed of. */
  close?(): Promise<void> | void
}

/** What every generator promises to the rest of Ibid. */
export function describeGeneratorContract(
  name: string,
  open: () => Promise<GeneratorUnderTest> | GeneratorUnderTest,
): void {
  describe(`${name} as a Generator`, () => {
    let opened: GeneratorUnderTest
    let generator: Generator
    beforeAll(async () => {
      opened = await open()
      generator = opened.generator
    })
    afterAll(async () => {
      await generator.dispose()
      await opened.close?.()
    })
    const write = (maxTokens: number, messages = PROMPT): Promise<string[]> =>
      collect(generator.generate(messages, { maxTokens }))

    test("generate() streams pieces of text, none of them empty", async () => {
      const pieces = await write(12)
      expect(pieces.length).toBeGreaterThan(1)
      expect(pieces).not.toContain("")
    })

    test("generate() writes the same again for the same messages", async () => {
      expect((await write(8)).join("")).toBe((await write(8)).join(""))
    })

    test("generate() writes no more than maxTokens allows", async () => {
      const short = (await write(2)).join("")
      const long = (await write(12)).join("")
      expect(long.startsWith(short)).toBe(true)
      expect(long.length).toBeGreaterThan(short.length)
    })

    test("generate() takes a system message and former turns", async () => {
      const messages: readonly Message[] = [
        { role: "system", content: "You answer in one sentence." },
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Good morning." },
        ...PROMPT,
      ]
      expect((await write(8, messages)).join("")).not.toBe("")
    })

    test("generate() throws invalid-request for a prompt that exceeds the context, and says so", async () => {
      const messages = [{ role: "user", content: "word ".repeat(2 * generator.contextTokens) }] as const
      await expect(write(8, messages)).rejects.toSatisfy(isPromptTooLong)
      expect((await write(4)).join("")).not.toBe("")
    })

    test("generate() throws cancelled for a signal that has fired", async () => {
      const call = collect(generator.generate(PROMPT, { maxTokens: 8, signal: AbortSignal.abort() }))
      await expect(call).rejects.toMatchObject({ code: "cancelled" })
    })

    test("generate() throws cancelled when the signal fires on the way, and works afterwards", async () => {
      const before = (await write(8)).join("")
      const controller = new AbortController()
      const call = async (): Promise<void> => {
        for await (const _ of generator.generate(PROMPT, { maxTokens: 64, signal: controller.signal })) {
          controller.abort()
        }
      }
      await expect(call()).rejects.toMatchObject({ code: "cancelled" })
      expect((await write(8)).join("")).toBe(before)
    })

    test("generate() may be left in the middle, and works afterwards", async () => {
      const before = (await write(8)).join("")
      for await (const _ of generator.generate(PROMPT, { maxTokens: 64 })) break
      expect((await write(8)).join("")).toBe(before)
    })

    test("generate() answers requests that come at once, each with its own text", async () => {
      const other: readonly Message[] = [{ role: "user", content: "Another question, about a policy document." }]
      const alone = [(await write(6)).join(""), (await write(6, other)).join("")]
      const together = await Promise.all([write(6), write(6, other)])
      expect(together.map((pieces) => pieces.join(""))).toEqual(alone)
    })

    test("weigh() gives each choice a share above 0, the sum 1, the same again for the same messages", async () => {
      const weights = (await generator.weigh(PROMPT, CHOICES, {})) ?? []
      expect(weights).toHaveLength(CHOICES.length)
      expect(Math.min(...weights)).toBeGreaterThan(0)
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1)
      const again = (await generator.weigh(PROMPT, CHOICES, {})) ?? []
      for (const [place, weight] of again.entries()) expect(weight).toBeCloseTo(weights[place] ?? Number.NaN)
    })

    test("weigh() leaves what is written as it was", async () => {
      const before = (await write(8)).join("")
      await generator.weigh(PROMPT, CHOICES, {})
      expect((await write(8)).join("")).toBe(before)
    })

    test("weigh() throws cancelled for a signal that has fired", async () => {
      const call = generator.weigh(PROMPT, CHOICES, { signal: AbortSignal.abort() })
      await expect(call).rejects.toMatchObject({ code: "cancelled" })
    })

    test("warm() resolves, more than once too", async () => {
      await generator.warm()
      await generator.warm()
    })

    test("dispose() ends a generator, twice too; it throws model-unavailable from then on", async () => {
      const { generator: ended, close } = await open()
      expect((await collect(ended.generate(PROMPT, { maxTokens: 4 }))).join("")).not.toBe("")
      await ended.dispose()
      await ended.dispose()
      const call = collect(ended.generate(PROMPT, { maxTokens: 4 }))
      await expect(call).rejects.toMatchObject({ code: "model-unavailable" })
      await close?.()
    })
  })
}

export async function collect(pieces: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}
