/**
 * Writes the text of every file below a folder, as Ibid reads it. Usage: npm run extract -- IN_DIR OUT_DIR [--recognise]
 *
 * The text of IN_DIR/a/b.pdf goes to OUT_DIR/a/b.pdf.txt; a refused file has none, its code is printed. Detection, limits
 * and the parser process are the product's own. Embedded files are documents of their own; here their texts follow that of what holds them.
 * With --recognise, pages that wait for recognition are recognised. The last line counts; a timeout is a hang.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import type { CutDocument } from "../../ingest/cut.ts"
import { detectMediaType } from "../../ingest/media-type.ts"
import { createOcrHost, type OcrHost } from "../../ingest/ocr-host.ts"
import { createParserHost, type Parsed, type ParserHost } from "../../ingest/parser-host.ts"
import { toIbidError } from "../../src/core/errors.ts"
import type { Log, RecognisedPage } from "../../src/core/types.ts"

const TIMEOUT_MS = 60_000
const MEMORY_MB = 512
const RECOGNITION_MB = 1024

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const quiet: Log = () => undefined
const [from, to, ...flags] = process.argv.slice(2)
if (from === undefined || to === undefined) {
  process.stderr.write("Usage: npm run extract -- IN_DIR OUT_DIR [--recognise]\n")
  process.exit(2)
}

const parser = createParserHost({ timeoutMs: TIMEOUT_MS, memoryMb: MEMORY_MB, log: quiet })
const recognition = createOcrHost({
  ...{ languages: ["eng"], languageFolders: [] },
  ...{ timeoutMs: TIMEOUT_MS, memoryMb: RECOGNITION_MB, log: quiet },
})
try {
  await extractAll(from, to, { parser, recognition: flags.includes("--recognise") ? recognition : undefined })
} finally {
  await parser.dispose()
  await recognition.dispose()
}

interface Hosts {
  readonly parser: ParserHost
  readonly recognition: OcrHost | undefined
}

async function extractAll(folder: string, target: string, hosts: Hosts): Promise<void> {
  const refusals = new Map<string, number>()
  let written = 0
  for (const file of filesBelow(folder)) {
    const path = relative(folder, file)
    const started = performance.now()
    try {
      const { text, report, warnings } = await extractAllOf({ file, path }, hosts)
      const out = join(target, `${path}.txt`)
      mkdirSync(dirname(out), { recursive: true })
      writeFileSync(out, text)
      written++
      const embedded = report.embeddedFiles.length
      print(
        [
          ...["read", path, `${text.length} characters`, `${Math.round(performance.now() - started)} ms`],
          ...(embedded > 0 ? [`${embedded} embedded`] : []),
          ...warnings,
        ].join("  "),
      )
    } catch (thrown) {
      const { code, message, cause } = toIbidError(thrown)
      refusals.set(code, (refusals.get(code) ?? 0) + 1)
      const why = cause === undefined ? "" : `  (${cause instanceof Error ? cause.message : String(cause)})`
      print(`refused  ${path}  ${code}  ${Math.round(performance.now() - started)} ms  ${message}${why}`)
    }
  }
  const counts = [...refusals].sort().map(([code, count]) => `${code} ${count}`)
  const hangs = refusals.get("parse-timeout") ?? 0
  const crashes = refusals.get("parse-crashed") ?? 0
  print(`${written} read, refused: ${counts.join(", ") || "none"}; ${hangs} hangs, ${crashes} crashes`)
}

/** A document with the texts of what is embedded in it, at any depth; what is refused of it gives none. */
async function extractAllOf(
  { file, path, stated }: { readonly file: string; readonly path: string; readonly stated?: string | undefined },
  hosts: Hosts,
): Promise<CutDocument> {
  const embeddedFolder = mkdtempSync(join(tmpdir(), "ibid-extract-"))
  try {
    const { document, embedded } = await extract({ file, path, stated, embeddedFolder }, hosts)
    const texts = [document.text]
    for (const inner of embedded) {
      const place = { file: inner.file, path: `${path}/${inner.name}`, stated: inner.mediaType }
      const text = await extractAllOf(place, hosts).then(
        (read) => read.text,
        (thrown: unknown) => {
          print(`refused  ${place.path}  ${toIbidError(thrown).code}`)
          return ""
        },
      )
      texts.push(text)
    }
    return { ...document, text: texts.filter((text) => text !== "").join("\n\n") }
  } finally {
    rmSync(embeddedFolder, { recursive: true, force: true })
  }
}

async function extract(
  { file, path, stated, embeddedFolder }: Parameters<typeof extractAllOf>[0] & { readonly embeddedFolder: string },
  { parser, recognition }: Hosts,
): Promise<Parsed> {
  const { mediaType } = detectMediaType(path, readFileSync(file), stated)
  const parsed = await parser.parse({ file, path, mediaType, embeddedFolder })
  const { document, embedded } = parsed
  const waiting = document.report.pagesToRecognise
  if (recognition === undefined || waiting.length === 0) return parsed
  const recognised: RecognisedPage[] = []
  for (const page of waiting) recognised.push(await recognition.recognise({ file, path, mediaType, page }))
  return { ...(await parser.parse({ file, path, mediaType, recognised })), embedded }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .sort()
}
