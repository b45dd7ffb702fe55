import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { PDFDocument, StandardFonts } from "pdf-lib"
import { percentile } from "../../src/app/metrics.ts"
import { packageRoot } from "../../src/core/package-root.ts"
import type { DocumentSummary } from "../../src/core/types.ts"
import { measure, residentMb } from "./processes.ts"
import { type BenchServer, builtCli, startBenchServer } from "./server.ts"

const PAGES = 1_000
const LINES_A_PAGE = 30
/**
 * Searches before measuring: a service runs for weeks. Searches alone let the server grow by up to 90 MB, for V8 lets its
 * heap grow from 64 to 140 MB before it collects all of it for the first time; after 500 that had not always happened.
 */
const WARM_UP = 1_000

/** One document of 1,000 pages beside a served base: when it can be found, and what questions and memory feel of it. */
export async function benchLongPdf(
  folder: string,
  questions: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const data = join(folder, "data")
  mkdirSync(folder, { recursive: true })
  await measure(process.execPath, [builtCli, "--data", data, "ingest", join(packageRoot, "data", "sample"), "--json"])
  const bytes = await longPdf()
  const server = await startBenchServer(data)
  try {
    await searchFor(server, questions, WARM_UP)
    const quiet = await searchFor(server, questions, 100)
    const before = residentMb(server.pid)
    const started = performance.now()
    const upload = await server.request("/api/documents?path=long.pdf", {
      method: "POST",
      body: new Blob([bytes.slice()]),
    })
    if (upload.status !== 202) throw new Error(`The upload was refused: ${upload.status}`)
    const { documentId } = (await upload.json()) as { documentId: string }
    const busy: number[] = []
    let firstFound: number | undefined
    let peakMb = before
    for (;;) {
      busy.push(...(await searchFor(server, questions, 5)))
      peakMb = Math.max(peakMb, residentMb(server.pid))
      if (firstFound === undefined && (await isFound(server, "sprocket1 bearing"))) {
        firstFound = (performance.now() - started) / 1000
      }
      const document = (await (await server.request(`/api/documents/${documentId}`)).json()) as DocumentSummary
      if (document.state === "failed") throw new Error(`The document failed: ${document.message}`)
      if (document.state === "indexed") break
    }
    const seconds = (performance.now() - started) / 1000
    const [p95, p95Busy] = [percentile(quiet, 0.95), percentile(busy, 0.95)]
    print(
      `long-pdf   ${PAGES} pages: the first found after ${(firstFound ?? seconds).toFixed(1)} s, all after ${seconds.toFixed(1)} s`,
    )
    print(
      `long-pdf   search p95 ${p95Busy.toFixed(0)} ms meanwhile, ${p95.toFixed(0)} ms before: ratio ${(p95Busy / p95).toFixed(2)}; the memory of the server, warmed up, grew by at most ${Math.round(peakMb - before)} MB`,
    )
  } finally {
    await server.stop()
  }
}

async function searchFor(server: BenchServer, questions: readonly string[], count: number): Promise<number[]> {
  const times: number[] = []
  for (let turn = 0; turn < count; turn++) {
    const started = performance.now()
    await (await server.post("/api/search", { question: questions[turn % questions.length] ?? "" })).arrayBuffer()
    times.push(performance.now() - started)
  }
  return times
}

async function isFound(server: BenchServer, question: string): Promise<boolean> {
  const { passages } = (await (await server.post("/api/search", { question })).json()) as {
    passages: { path: string }[]
  }
  return passages.some(({ path }) => path === "long.pdf")
}

async function longPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create()
  const font = await pdf.embedFont(StandardFonts.Helvetica)
  for (let number = 1; number <= PAGES; number++) {
    const page = pdf.addPage([595, 842])
    for (let line = 0; line < LINES_A_PAGE; line++) {
      const text = `Line ${line + 1} of page ${number} describes sprocket${number} bearing ${number * 31 + line} and its torque.`
      page.drawText(text, { x: 50, y: 780 - line * 22, size: 11, font })
    }
  }
  return await pdf.save()
}
