/**
 * Writes the text of every file below a folder, as Ibid reads it. Usage: npm run extract -- IN_DIR OUT_DIR [--recognise]
 *
 * The text of IN_DIR/a/b.pdf goes to OUT_DIR/a/b.pdf.txt; a refused file has none, its code is printed. Detection, limits
 * and the parser process are the product's own. Embedded files are documents of their own, and are only counted here.
 * With --recognise, pages that wait for recognition are recognised. The last line counts; a timeout is a hang.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { detectMediaType } from "../../ingest/media-type.ts"
import { createOcrHost, type OcrHost } from "../../ingest/ocr-host.ts"
import { createParserHost, type ParserHost } from "../../ingest/parser-host.ts"
import { toIbidError } from "../../src/core/errors.ts"
import type { Log, ParsedDocument, RecognisedPage } from "../../src/core/types.ts"

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
      const { text, report, warnings } = await extract(file, path, hosts)
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

async function extract(file: string, path: string, { parser, recognition }: Hosts): Promise<ParsedDocument> {
  const { mediaType } = detectMediaType(path, readFileSync(file))
  const { document } = await parser.parse({ file, path, mediaType })
  const waiting = document.report.pagesToRecognise
  if (recognition === undefined || waiting.length === 0) return document
  const recognised: RecognisedPage[] = []
  for (const page of waiting) recognised.push(await recognition.recognise({ file, path, mediaType, page }))
  return (await parser.parse({ file, path, mediaType, recognised })).document
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .sort()
}
