import { describe, expect, test } from "vitest"
import { IbidError } from "../../src/core/errors.ts"
import type { ParseContext, Parser } from "../../src/core/ports.ts"
import type { ParsedDocument } from "../../src/core/types.ts"

interface ParserSample {
  /** Content with at least one heading-free word and, where the format can break, bytes that are damaged. */
  readonly bytes: () => Promise<Uint8Array> | Uint8Array
  /** A phrase that a right extraction holds. */
  readonly phrase: string
  /** Bytes that are no document of the format; null for formats in which any bytes are one. */
  readonly broken: Uint8Array | null
  /** What a format without a text of its own needs: the pages that were recognised. */
  readonly context?: ParseContext
}

/** What every parser promises to the rest of Ibid. */
export function describeParserContract(name: string, parser: Parser, sample: ParserSample): void {
  describe(`${name} as a Parser`, () => {
    const file = { path: `folder/sample${parser.extensions[0] ?? ""}`, mediaType: parser.mediaTypes[0] ?? "" }
    const parse = async (bytes?: Uint8Array): Promise<ParsedDocument> =>
      await parser.parse(bytes ?? (await sample.bytes()), file, sample.context)
    const failure = async (bytes: Uint8Array): Promise<unknown> =>
      await parse(bytes).then(
        () => undefined,
        (error: unknown) => error,
      )

    test("parse() gives the words of the document", async () => {
      expect((await parse()).text).toContain(sample.phrase)
    })

    test("parse() gives canonical text: NFC, no carriage return, no control character", async () => {
      const { text } = await parse()
      expect(text).toBe(text.normalize("NFC"))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
      expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F]/)
    })

    test("parse() gives blocks that rise, do not overlap and hold trimmed text", async () => {
      const { text, blocks } = await parse()
      let end = 0
      for (const block of blocks) {
        const slice = text.slice(block.start, block.end)
        expect(block.start).toBeGreaterThanOrEqual(end)
        expect(slice).not.toBe("")
        expect(slice).toBe(slice.trim())
        end = block.end
      }
      expect(end).toBe(text.length)
    })

    test("parse() leaves nothing but white space between blocks", async () => {
      const { text, blocks } = await parse()
      let end = 0
      for (const block of blocks) {
        expect(text.slice(end, block.start).trim()).toBe("")
        end = block.end
      }
    })

    test("parse() gives each block the headings that stand above it", async () => {
      const { text, blocks } = await parse()
      let open: { level: number; title: string }[] = []
      for (const block of blocks) {
        if (block.type === "heading") open = open.filter(({ level }) => level < (block.level ?? 0))
        expect(block.headingPath).toEqual(open.map(({ title }) => title))
        if (block.type === "heading") open.push({ level: block.level ?? 0, title: text.slice(block.start, block.end) })
      }
    })

    test("parse() numbers pages from 1 to their count, or not at all", async () => {
      const { blocks, pages } = await parse()
      for (const { page } of blocks) {
        if (pages === null) expect(page).toBeNull()
        else expect(page !== null && page >= 1 && page <= pages).toBe(true)
      }
    })

    test("parse() gives the same for the same bytes", async () => {
      expect(await parse()).toEqual(await parse())
    })

    test("parse() leaves the caller's bytes as they are", async () => {
      const bytes = Uint8Array.from(await sample.bytes())
      await parse(bytes)
      expect(bytes).toEqual(Uint8Array.from(await sample.bytes()))
    })

    test("parse() throws an IbidError for no bytes", async () => {
      expect(await failure(new Uint8Array())).toBeInstanceOf(IbidError)
    })

    test("parse() throws an IbidError for damaged bytes", async (context) => {
      if (sample.broken === null) return context.skip("any bytes are a document of this format")
      const error = await failure(sample.broken)
      expect(error).toBeInstanceOf(IbidError)
      expect((error as IbidError).code).toBe("broken-file")
      expect((error as IbidError).message).toMatch(/^Cannot parse "folder\/sample[^"]*": .*[^.]$/)
    })
  })
}
