import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { percentile } from "../../src/app/metrics.ts"
import { askForEvidence } from "./evidence.ts"
import { measure } from "./processes.ts"
import { builtCli, startBenchServer } from "./server.ts"

/** Sections that the documents are put together from, and how many of them a document has. */
const SECTIONS = 200
const SECTIONS_A_DOCUMENT = 20
const DOCUMENTS = 500
const QUESTIONS = 60
const WORDS = "valve invoice holiday shift contract pallet backup visitor meeting drawing".split(" ")

/** Documents whose every vector is known, in chunks a second; then what the doctor and evidence take over all of them. */
export async function benchReingest(folder: string, print: (line: string) => void): Promise<void> {
  const data = join(folder, "data")
  const ingest = async (documents: string): Promise<{ readonly summary: Summary; readonly seconds: number }> => {
    const run = await measure(process.execPath, [builtCli, "--data", data, "ingest", documents, "--json"])
    return { summary: JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "{}"), seconds: run.seconds }
  }
  const first = join(folder, "first")
  mkdirSync(first, { recursive: true })
  for (let from = 0; from < SECTIONS; from += SECTIONS_A_DOCUMENT) {
    write(
      join(first, `${from}.md`),
      Array.from({ length: SECTIONS_A_DOCUMENT }, (_, index) => from + index),
    )
  }
  await ingest(first)

  const known = join(folder, "known")
  mkdirSync(known)
  for (let document = 0; document < DOCUMENTS; document++) {
    const sections = Array.from({ length: SECTIONS_A_DOCUMENT }, (_, index) => (document * 7 + index * 11) % SECTIONS)
    write(join(known, `${document}.md`), sections)
  }
  const nothing = join(folder, "nothing")
  mkdirSync(nothing)
  const empty = await ingest(nothing)
  const all = await ingest(known)
  const rate = (seconds: number) => Math.round(all.summary.chunks / seconds)
  print(
    `reingest   ${all.summary.indexed} documents, ${all.summary.chunks} chunks, every vector known: ${all.seconds.toFixed(1)} s, ${rate(all.seconds)} chunks a second; ${rate(all.seconds - empty.seconds)} without the start and the end of the program (${empty.seconds.toFixed(1)} s over an empty folder)`,
  )
  const again = await ingest(known)
  print(`reingest   again: ${again.summary.unchanged} unchanged in ${again.seconds.toFixed(1)} s`)
  const doctor = await measure(process.execPath, [builtCli, "--data", data, "doctor", "--json"])
  print(`doctor     ${all.summary.chunks} chunks checked in ${doctor.seconds.toFixed(1)} s`)
  const server = await startBenchServer(data)
  try {
    const asked = Array.from({ length: QUESTIONS }, (_, number) => questionOf(number * 7))
    const others = Array.from({ length: 2 * QUESTIONS }, (_, number) => questionOf(number * 7 + 3))
    await askForEvidence(server.post, others) // a service runs for weeks, its first seconds compile
    const times = await askForEvidence(server.post, asked)
    const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)]
    print(`evidence   ${all.summary.chunks} chunks, 1 client: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms`)
  } finally {
    await server.stop()
  }
}

interface Summary {
  readonly indexed: number
  readonly unchanged: number
  readonly chunks: number
}

/**
 * One title for all of them, because a chunk is embedded with the title of its document; in front matter, because a
 * heading would be part of the first chunk, which no document before has had.
 */
function write(file: string, sections: readonly number[]): void {
  const text = sections.map((number) => `## Section ${number}\n\n${sentences(number)}\n`)
  writeFileSync(file, `---\ntitle: Handbook\n---\n\n${text.join("\n")}`)
}

function questionOf(number: number): string {
  const word = WORDS[number % WORDS.length]
  return `How often is the ${word} of part ${number % SECTIONS} checked?`
}

/** About a hundred words, others for each number. */
function sentences(number: number): string {
  return Array.from({ length: 10 }, (_, index) => {
    const word = WORDS[(number + index * 3) % WORDS.length]
    return `Rule ${number * 10 + index} says that the ${word} of part ${number + index} is checked by two people each week.`
  }).join(" ")
}
