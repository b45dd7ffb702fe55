import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Embedder } from "../../src/core/ports.ts"

/** What every embedder promises to the rest of Ibid. */
export function describeEmbedderContract(name: string, open: () => Embedder): void {
  describe(`${name} as an Embedder`, () => {
    let embedder: Embedder
    beforeAll(() => {
      embedder = open()
    })
    afterAll(() => embedder.dispose())
    const embed = async (...texts: string[]): Promise<readonly Float32Array[]> =>
      await embedder.embed(texts, { kind: "passage" })

    test("embed() gives vectors of unit norm with as many numbers as it says", async () => {
      const vectors = await embed("Parents get 16 weeks of leave.", "", "🙂", "[SEP] [CLS] <s>", "\u0000\n\t")
      expect(vectors).toHaveLength(5)
      for (const vector of vectors) {
        expect(vector).toBeInstanceOf(Float32Array)
        expect(vector).toHaveLength(embedder.dimensions)
        expect(Math.hypot(...vector)).toBeCloseTo(1, 3)
      }
    })

    test("embed() gives the vectors in the order of the texts", async () => {
      const texts = Array.from({ length: 40 }, (_, at) => `${"The oil of pump ".repeat(at % 7)} number ${at} is blue.`)
      const together = await embed(...texts)
      for (const at of [0, 13, 39]) {
        const [alone] = await embed(texts[at] ?? "")
        expect(dot(together[at], alone)).toBeGreaterThan(0.9999)
      }
    })

    test("embed() puts a question nearer to the text that answers it", async () => {
      const [question] = await embedder.embed(["How long is parental leave?"], { kind: "query" })
      const [near, far] = await embed("Parental leave is 16 weeks long.", "The pump needs oil every 500 hours.")
      expect(dot(question, near)).toBeGreaterThan(dot(question, far) + 0.2)
    })

    test("embed() takes a text of any length", async () => {
      const [vector] = await embed("A very long text about leave. ".repeat(20_000))
      expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 3)
    })

    test("embedPassages() gives the vectors of embed(), and directions of the sentences", async () => {
      const sentences = ["The oil of the pump is changed in May.", "Parental leave is 16 weeks long."]
      const text = `Handbook\n${sentences.join(" ")}`
      const ranges = sentences.map((one) => ({ start: text.indexOf(one), end: text.indexOf(one) + one.length }))
      const [passage, empty] = await embedder.embedPassages(
        [
          { text, sentences: ranges },
          { text: "", sentences: [] },
        ],
        {},
      )
      const [whole] = await embed(text)
      expect(dot(passage?.vector, whole)).toBeGreaterThan(0.9999)
      expect(empty?.sentences ?? new Int8Array()).toHaveLength(0)
      const bytes = passage?.sentences
      if (bytes === null || bytes === undefined) return // the model gives vectors of whole texts alone
      expect(bytes).toHaveLength(2 * embedder.dimensions)
      const [question] = await embedder.embed(["How long is parental leave?"], { kind: "query" })
      const [pump, leave] = [0, 1].map((at) =>
        unit(bytes.slice(at * embedder.dimensions, (at + 1) * embedder.dimensions)),
      )
      expect(dot(question, leave)).toBeGreaterThan(dot(question, pump) + 0.1)
    })

    test("embed() gives nothing for no texts", async () => {
      expect(await embed()).toEqual([])
    })

    test("embed() throws cancelled for a signal that has fired", async () => {
      const call = { kind: "query", signal: AbortSignal.abort() } as const
      await expect(embedder.embed(["a"], call)).rejects.toMatchObject({ code: "cancelled" })
    })

    test("embed() throws cancelled when the signal fires on the way, and works afterwards", async () => {
      const controller = new AbortController()
      const texts = Array.from({ length: 200 }, (_, at) => `Sentence ${at} of a long document.`)
      const call = embedder.embed(texts, { kind: "passage", signal: controller.signal })
      controller.abort()
      await expect(call).rejects.toMatchObject({ code: "cancelled" })
      expect(await embed("a")).toHaveLength(1)
    })

    test("it states a fingerprint and a weight within [0, 1]", () => {
      expect(embedder.fingerprint).not.toBe("")
      expect(embedder.modelId).not.toBe("")
      expect(embedder.denseWeight).toBeGreaterThanOrEqual(0)
      expect(embedder.denseWeight).toBeLessThanOrEqual(1)
    })
  })
}

function unit(bytes: Int8Array): Float32Array {
  const norm = Math.hypot(...bytes)
  return Float32Array.from(bytes, (byte) => byte / norm)
}

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) throw new RangeError("A vector is missing")
  return a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0)
}
