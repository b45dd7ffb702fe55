import { describe, expect, test } from "vitest"
import { requireAdmin } from "../src/access/principal.ts"
import { readFilter } from "../src/access/read-filter.ts"
import type { ChunkId, CollectionId, DocumentId, IndexHit, Principal, Revision } from "../src/core/types.ts"
import { type ContextHit, context } from "../src/retrieval/context.ts"
import { fuse } from "../src/retrieval/fuse.ts"
import { understand } from "../src/retrieval/understand.ts"

const hit = (id: string, dense: number | null, lexical: number | null): IndexHit => ({
  ...{ chunkId: id as ChunkId, documentId: id as DocumentId, revision: "r" as Revision, ordinal: 0 },
  ...{ dense, lexical },
})

describe("fuse()", () => {
  test("ranks a chunk found by both arms first", () => {
    const fused = fuse([hit("a", 0.8, null), hit("b", 0.7, null)], [hit("b", null, 9), hit("c", null, 10)], 0.5)
    expect(fused.map((one) => one.chunkId)).toEqual(["b", "a", "c"])
  })

  test("weighs the shares of the largest scores", () => {
    const [first] = fuse([hit("a", 0.4, null)], [hit("a", null, 5), hit("b", 0.8, 10)], 0.25)
    expect(first?.chunkId).toBe("b")
    expect(first?.fused).toBeCloseTo(1, 12)
    const second = fuse([hit("a", 0.4, null)], [hit("a", null, 5), hit("b", 0.8, 10)], 0.25)[1]
    expect(second?.fused).toBeCloseTo(0.25 * 0.5 + 0.75 * 0.5, 12)
  })

  test("keeps the scores of both arms", () => {
    expect(fuse([hit("a", 0.8, null)], [hit("a", null, 3)], 0.5)[0]).toMatchObject({ dense: 0.8, lexical: 3, fused: 1 })
  })

  test("keeps ties in first-seen order, the dense arm first", () => {
    const fused = fuse([hit("x", 0.5, null), hit("y", 0.5, null)], [hit("z", null, 7)], 0.5)
    expect(fused.map((one) => one.chunkId)).toEqual(["x", "y", "z"])
  })

  test("counts a negative cosine as nothing and survives empty arms", () => {
    expect(fuse([hit("a", -0.2, null)], [], 0.5)[0]?.fused).toBe(0)
    expect(fuse([], [], 0.5)).toEqual([])
  })
})

const TEXT = "First part.\n\nSecond part.\n\nThird part.\n\nFourth part."
const chunk = (ordinal: number, fused: number, more: Partial<ContextHit> = {}): ContextHit => {
  const text = TEXT.split("\n\n")[ordinal] ?? ""
  const start = TEXT.indexOf(text)
  return {
    ...{ documentId: "d" as DocumentId, path: "d.md", title: "D", revision: "r" as Revision, ordinal, page: null },
    ...{
      headingPath: [],
      text,
      start,
      end: start + text.length,
      canonicalHash: "t",
      embeddingKey: "k",
      modifiedAt: 1,
      fused,
      dense: fused,
      lexical: null,
    },
    ...more,
  }
}
const load = async () => TEXT

describe("context()", () => {
  test("merges chunks that follow one another, in the place of the better one", async () => {
    const passages = await context([chunk(2, 0.5), chunk(1, 0.9)], 10, load)
    expect(passages).toHaveLength(1)
    expect(passages[0]).toMatchObject({ rank: 1, text: "Second part.\n\nThird part.", scores: { fused: 0.9 } })
    expect(TEXT.slice(passages[0]?.start, passages[0]?.end)).toBe(passages[0]?.text)
  })

  test("leaves chunks apart that do not touch", async () => {
    expect(await context([chunk(0, 0.9), chunk(2, 0.5)], 10, load)).toHaveLength(2)
  })

  test("does not merge across pages, documents or beyond three chunks", async () => {
    expect(await context([chunk(0, 0.9, { page: 1 }), chunk(1, 0.8, { page: 2 })], 10, load)).toHaveLength(2)
    const other = { documentId: "e" as DocumentId }
    expect(await context([chunk(0, 0.9), chunk(1, 0.8, other)], 10, load)).toHaveLength(2)
    expect(await context([chunk(0, 0.9), chunk(1, 0.8), chunk(2, 0.7), chunk(3, 0.6)], 10, load)).toHaveLength(2)
  })

  test("keeps one of equal texts: the better one, the newer one where the scores are equal", async () => {
    const copy = { documentId: "copy" as DocumentId, path: "copy.md" }
    expect((await context([chunk(0, 0.5), chunk(0, 0.9, copy)], 10, load)).map((one) => one.path)).toEqual(["copy.md"])
    expect(
      (await context([chunk(0, 0.5), chunk(0, 0.5, { ...copy, modifiedAt: 2 })], 10, load)).map((one) => one.path),
    ).toEqual(["copy.md"])
  })

  test("shows the better chunk alone when the text between is not to be had", async () => {
    const passages = await context([chunk(2, 0.5), chunk(1, 0.9)], 10, async () => undefined)
    expect(passages[0]?.text).toBe("Second part.")
  })

  test("keeps to the limit and ranks from 1", async () => {
    const passages = await context([chunk(0, 0.9), chunk(2, 0.5)], 1, load)
    expect(passages.map((one) => one.rank)).toEqual([1])
  })
})

describe("understand()", () => {
  test("normalises white space and Unicode, and takes content words once", () => {
    const question = understand({ question: "  What is\n the Cafe\u0301 pump pumps?  " })
    expect(question.text).toBe("What is the Café pump pumps?")
    expect(question.terms).toEqual(["cafe", "pump"])
  })

  test.each(["", "   ", "\n\t"])("refuses the empty question %j", (question) => {
    expect(() => understand({ question })).toThrow(/from 1 to 8000/)
  })

  test("refuses a question of 100,000 characters and says how long it may be", () => {
    expect(() => understand({ question: "x".repeat(100_000) })).toThrow(/100000 characters, from 1 to 8000/)
  })

  test("refuses limits and dates that are none", () => {
    expect(() => understand({ question: "a", limit: 0 })).toThrow(/limit/)
    expect(() => understand({ question: "a", limit: 1.5 })).toThrow(/limit/)
    expect(() => understand({ question: "a", filters: { modifiedAfter: "soon" } })).toThrow(/modifiedAfter/)
  })

  test("turns dates into times", () => {
    const { narrowing } = understand({ question: "a", filters: { modifiedBefore: "2026-01-01T00:00:00Z" } })
    expect(narrowing).toEqual({ modifiedBefore: Date.UTC(2026, 0, 1) })
  })
})

describe("readFilter()", () => {
  const available = ["a", "b"] as CollectionId[]
  const principal = (collections: Principal["collections"]): Principal => ({
    id: "p",
    kind: "key",
    role: "reader",
    collections,
  })

  test("lets through what the principal may read and nothing by default", () => {
    expect(readFilter(principal("all"), available, undefined).collections).toEqual(["a", "b"])
    expect(readFilter(principal(["b"] as CollectionId[]), available, undefined).collections).toEqual(["b"])
    expect(readFilter(principal([]), available, undefined).collections).toEqual([])
  })

  test("narrows to the requested collections", () => {
    expect(readFilter(principal("all"), available, ["a"]).collections).toEqual(["a"])
  })

  test("refuses an unreadable collection in the words for a missing one", () => {
    const words = (run: () => unknown): string => {
      try {
        run()
        return ""
      } catch (thrown) {
        return thrown instanceof Error ? thrown.message : ""
      }
    }
    const hidden = words(() => readFilter(principal(["b"] as CollectionId[]), available, ["a"]))
    expect(hidden).toBe(words(() => readFilter(principal("all"), available, ["missing"])))
    expect(hidden).not.toBe("")
  })

  test("does not bring back a collection that was deleted but is still named in a key", () => {
    expect(readFilter(principal(["gone"] as unknown as CollectionId[]), available, undefined).collections).toEqual([])
  })
})

test("requireAdmin() refuses a key for reading", () => {
  expect(() => requireAdmin({ id: "p", kind: "key", role: "reader", collections: "all" })).toThrow(/reading alone/)
  expect(() => requireAdmin({ id: "p", kind: "key", role: "admin", collections: [] })).not.toThrow()
})
