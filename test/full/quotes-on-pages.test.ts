import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { IbidError } from "../../src/core/errors.ts"
import { packageRoot } from "../../src/core/package-root.ts"
import { splitSentences } from "../../src/core/sentences.ts"
import type { ParsedDocument, Range } from "../../src/core/types.ts"
import { matchQuote } from "../../src/web/source/match-quote.ts"
import { readDocument } from "../support/parse-document.ts"

const FILES = join(packageRoot, "..", "shared", "eval", "parser-docs", "files")
/** Made to fill the memory; it is the parser process's to refuse it. */
const BOMB = /bomb/
const MOST_BYTES = 3 * 1024 * 1024
const MOST_SENTENCES = 60
const SHORTEST = 20
/** Measured 2026-11-27: 867 of 916, 41 more with another order or a sign more; what is left are values of forms. */
const LEAST_EXACT = 0.94

/** What two readings of a page may differ in: spaces, dashes, marks, bars between cells, forms of the same sign. */
const bare = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[\s\p{Pd}\p{M}\p{Cf}|\u2212•·]/gu, "")
    .replace(/[’‘]/g, "'")
    .replace(/[“”„]/g, '"')

test("matchQuote() finds the sentences of real PDF files in the text of their drawn pages", async ({ skip }) => {
  skip(!existsSync(FILES), `there is no ${FILES}`)
  const names = readdirSync(FILES, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.pdf$/.test(name) && !BOMB.test(name),
  )
  const counts = { all: 0, exact: 0, nearly: 0 }
  for (const name of names.filter((one) => statSync(join(FILES, one)).size < MOST_BYTES).sort()) {
    const bytes = readFileSync(join(FILES, name))
    const document = await readDocument(name, bytes).catch(refused)
    if (document !== undefined) await count(document, bytes, counts)
  }
  process.stdout.write(`${JSON.stringify(counts)}\n`)
  expect(counts.all).toBeGreaterThan(800)
  expect(counts.exact / counts.all).toBeGreaterThan(LEAST_EXACT)
  expect((counts.exact + counts.nearly) / counts.all).toBeGreaterThan(0.99)
})

async function count(
  { text, blocks }: ParsedDocument,
  bytes: Uint8Array,
  counts: { all: number; exact: number; nearly: number },
): Promise<void> {
  const { getDocument } = await import("pdfjs-dist/legacy/build/pdf.mjs")
  const folder = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"))
  const options = { verbosity: 0, standardFontDataUrl: `${folder}/standard_fonts/`, cMapUrl: `${folder}/cmaps/` }
  const pdf = await getDocument({ data: new Uint8Array(bytes), ...options }).promise
  const known = new Map<number, readonly string[]>()
  const itemsOf = async (page: number): Promise<readonly string[]> => {
    const found = known.get(page)
    if (found !== undefined) return found
    const { items } = await (await pdf.getPage(page)).getTextContent()
    const texts = items.flatMap((item) => ("str" in item ? [item.str] : []))
    known.set(page, texts)
    return texts
  }
  const pages = pageRanges(blocks)
  for (const sentence of spread(splitSentences(text).filter(({ start, end }) => end - start > SHORTEST))) {
    const on = pages.filter(({ start, end }) => start < sentence.end && end > sentence.start)
    const [first, last] = [on[0], on.at(-1)]
    if (first === undefined || last === undefined) continue
    const items = (await Promise.all(on.map(({ page }) => itemsOf(page)))).flat()
    const [start, end] = [sentence.start - first.start, sentence.end - first.start]
    const { ranges, share } = matchQuote(items, { text: text.slice(first.start, last.end), start, end })
    const shown = ranges.map((range) => items[range.item]?.slice(range.start, range.end)).join(" ")
    counts.all++
    if (bare(shown) === bare(text.slice(sentence.start, sentence.end))) counts.exact++
    else if (share >= 0.8) counts.nearly++
  }
  await pdf.loadingTask.destroy()
}

function pageRanges(blocks: ParsedDocument["blocks"]): readonly (Range & { readonly page: number })[] {
  const pages = new Map<number, { page: number; start: number; end: number }>()
  for (const { page, start, end } of blocks) {
    if (page === null) continue
    const known = pages.get(page)
    if (known === undefined) pages.set(page, { page, start, end })
    else known.end = Math.max(known.end, end)
  }
  return [...pages.values()].sort((one, other) => one.page - other.page)
}

function spread<Item>(items: readonly Item[]): readonly Item[] {
  const step = Math.max(1, items.length / MOST_SENTENCES)
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

/** Encrypted and broken files are not read at all. */
function refused(thrown: unknown): undefined {
  if (!(thrown instanceof IbidError)) throw thrown
}
