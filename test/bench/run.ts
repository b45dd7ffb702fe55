/**
 * Benchmarks as ratios within one run. Usage: npm run bench [-- ingest reingest search answer tokens long-pdf page pdf]
 *
 * ingest: `ibid ingest` beside the plain recipe, over the same documents, in characters of text a second, and memory.
 * reingest: documents whose every vector is known, in chunks a second; then the doctor and p95 of the evidence over their
 * 10,000 chunks.
 * search: p95 of `POST /api/search` for 4 clients, and of the evidence of `POST /api/ask` for one.
 * answer: p50 of a whole written answer, beside a bare node-llama-cpp loop with the same prompts.
 * tokens: first token of a new and of a known prefix, and characters a second, beside a bare node-llama-cpp session.
 * long-pdf: a PDF file of 1,000 pages: when its beginning can be found, and what a search takes meanwhile.
 * page: from Enter to evidence on the screen, in a browser over the sample.
 * pdf: pages a processor second of the PDF parser, beside `pdftotext` over the same files.
 *
 * The documents are those beside the project (`../shared/eval/company-docs`) where they are, else the sample.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { percentile } from "../../src/app/metrics.ts"
import { packageRoot } from "../../src/core/package-root.ts"
import type { Answer } from "../../src/core/types.ts"
import { loadCatalogue } from "../../src/engine/models/catalogue.ts"
import { resolveGenerator } from "../../src/engine/models/resolve.ts"
import { askForEvidence } from "./evidence.ts"
import { benchLongPdf } from "./long-pdf.ts"
import { benchPdf } from "./pdf.ts"
import { measure } from "./processes.ts"
import { benchReingest } from "./reingest.ts"
import { type BenchServer, builtCli, startBenchServer } from "./server.ts"

const company = join(packageRoot, "..", "shared", "eval", "company-docs")
const documents = existsSync(company) ? join(company, "docs") : join(packageRoot, "data", "sample")
const folder = mkdtempSync(join(tmpdir(), "ibid-bench-"))
const data = join(folder, "data")

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const tsx = (script: string, ...args: string[]) =>
  measure(process.execPath, ["--import", "tsx", join(packageRoot, "test", "bench", script), ...args])

interface Summary {
  readonly indexed: number
  readonly unchanged: number
  readonly failed: number
  readonly chunks: number
}

async function ingest(): Promise<Summary> {
  const run = await measure(process.execPath, [builtCli, "--data", data, "ingest", documents, "--json"])
  peakMb = Math.max(peakMb, run.peakMb)
  seconds = run.seconds
  return JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "{}")
}
let peakMb = 0
let seconds = 0

async function benchIngest(): Promise<void> {
  const first = await ingest()
  const ours = seconds
  print(
    `ingest     ${first.indexed} documents, ${first.failed} failed, ${first.chunks} chunks in ${ours.toFixed(1)} s, all processes at most ${Math.round(peakMb)} MB`,
  )
  const second = await ingest()
  print(`ingest     again: ${second.unchanged} unchanged in ${seconds.toFixed(1)} s`)
  const plain = await tsx("plain-recipe.ts", join(packageRoot, "data", "models"), documents, join(folder, "plain"))
  const { characters, pieces } = JSON.parse(plain.stdout)
  print(
    `ingest     plain recipe: ${pieces} pieces in ${plain.seconds.toFixed(1)} s, at most ${Math.round(plain.peakMb)} MB`,
  )
  const rate = (taken: number) => Math.round(characters / taken)
  print(
    `ingest     ${rate(ours)} against ${rate(plain.seconds)} characters a second: ratio ${(plain.seconds / ours).toFixed(2)}`,
  )
}

/** Questions of the documents. */
function questions(): string[] {
  const file = existsSync(company)
    ? join(company, "questions.jsonl")
    : join(packageRoot, "data", "eval", "sample", "questions.jsonl")
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).question ?? JSON.parse(line).text)
}

async function withServer(work: (server: BenchServer) => Promise<void>): Promise<void> {
  if (!existsSync(data)) await ingest()
  const server = await startBenchServer(data, { knownKey: key })
  key = server.key
  try {
    await work(server)
  } finally {
    await server.stop()
  }
}
let key = ""

/** Requests before measuring: a service runs for weeks, its first seconds compile. */
const WARM_UP = 100

async function benchSearch(): Promise<void> {
  const asked = questions()
  await withServer(async ({ post }) => {
    for (let turn = 0; turn < WARM_UP; turn++) {
      await (await post("/api/search", { question: asked[turn % asked.length] ?? "" })).arrayBuffer()
    }
    const searchMs: number[] = []
    const client = async (offset: number): Promise<void> => {
      for (let turn = 0; turn < 100; turn++) {
        const question = asked[(offset + turn) % asked.length] ?? ""
        const started = performance.now()
        await (await post("/api/search", { question })).arrayBuffer()
        searchMs.push(performance.now() - started)
      }
    }
    await Promise.all([0, 11, 22, 33].map(client))
    print(
      `search     4 clients: p50 ${percentile(searchMs, 0.5).toFixed(0)} ms, p95 ${percentile(searchMs, 0.95).toFixed(0)} ms`,
    )
    const evidenceMs = await askForEvidence(post, asked)
    print(
      `evidence   1 client: p50 ${percentile(evidenceMs, 0.5).toFixed(0)} ms, p95 ${percentile(evidenceMs, 0.95).toFixed(0)} ms`,
    )
  })
}

async function benchAnswer(): Promise<void> {
  const prompts: { question: string; evidence: string }[] = []
  const answerMs: number[] = []
  const modelMs: number[] = []
  await withServer(async ({ post }) => {
    await (await post("/api/ask", { question: questions()[0] })).arrayBuffer()
    for (const question of questions().slice(0, 30)) {
      const started = performance.now()
      const answer = (await (await post("/api/ask", { question })).json()) as Answer
      if (answer.status !== "answered" || answer.timings.firstTokenMs === null) continue
      answerMs.push(performance.now() - started)
      modelMs.push(answer.timings.totalMs - answer.timings.retrieveMs - answer.timings.evidenceMs)
      prompts.push({ question, evidence: answer.evidence[0]?.quote ?? "" })
    }
  })
  if (prompts.length === 0) {
    print("answer     left out: no language model is installed, or it has not earned the role of writer")
    return
  }
  print(
    `answer     ${prompts.length} written answers: p50 ${percentile(answerMs, 0.5).toFixed(0)} ms, of which the model ${percentile(modelMs, 0.5).toFixed(0)} ms`,
  )
  const bare = JSON.parse((await tsx("bare-llama.ts", JSON.stringify(prompts))).stdout) as number[]
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  print(
    `answer     bare loop with the same prompts: p50 ${percentile(bare, 0.5).toFixed(0)} ms; ours takes ${(total(modelMs) / total(bare)).toFixed(2)} × as long`,
  )
}

/** As many characters as some 350 tokens have. */
const EVIDENCE_CHARACTERS = 1_500
const EVIDENCE_TEXTS = 8

interface TokenTimes {
  readonly cold: readonly number[]
  readonly warm: readonly number[]
  readonly perCharacter: readonly number[]
}

async function benchTokens(): Promise<void> {
  const sample = join(packageRoot, "data", "sample")
  const text = readdirSync(sample, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => readFileSync(join(sample, name), "utf8"))
    .join("\n\n")
  const evidence = Array.from({ length: EVIDENCE_TEXTS }, (_, place) =>
    text.slice(place * EVIDENCE_CHARACTERS, (place + 1) * EVIDENCE_CHARACTERS),
  )
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "evidence.json")
  writeFileSync(file, JSON.stringify(evidence))
  if (resolveGenerator("auto", join(packageRoot, "data", "models"), loadCatalogue()).type !== "llama") {
    print("tokens     left out: no language model is installed")
    return
  }
  const printed = (await tsx("llama-tokens.ts", file)).stdout
  const { ours, bare } = JSON.parse(printed) as Record<"ours" | "bare", TokenTimes>
  const median = (values: readonly number[]) => percentile(values, 0.5)
  const [cold, warm] = [median(ours.cold), median(ours.warm)]
  print(
    `tokens     first token p50 ${cold.toFixed(0)} ms, bare ${median(bare.cold).toFixed(0)} ms: ratio ${(cold / median(bare.cold)).toFixed(2)}; a known prefix ${warm.toFixed(0)} ms: ${(warm / cold).toFixed(2)} of a new one`,
  )
  print(
    `tokens     ${(1000 / median(ours.perCharacter)).toFixed(0)} characters a second, bare ${(1000 / median(bare.perCharacter)).toFixed(0)}: ratio ${(median(bare.perCharacter) / median(ours.perCharacter)).toFixed(2)}`,
  )
}

const wanted = process.argv.slice(2)
const longPdf = () => benchLongPdf(join(folder, "long"), questions(), print)
const reingest = () => benchReingest(join(folder, "reingest"), print)
const pdf = () => benchPdf(print)
const page = async () => print((await tsx("page.ts")).stdout.trim())
const benches = {
  ingest: benchIngest,
  reingest,
  search: benchSearch,
  answer: benchAnswer,
  tokens: benchTokens,
  "long-pdf": longPdf,
  page,
  pdf,
}
try {
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length === 0 || wanted.includes(name)) await bench()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
