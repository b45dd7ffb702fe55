/**
 * The plain recipe that Ibid's ingestion is compared with, in a process of its own: pieces of 1,000 characters, the
 * transformers.js pipeline with its defaults and the same model file, batches of 50 in file order, LanceDB `add`, no
 * index. Prints `{"characters":…,"pieces":…}`.
 *
 * Usage: plain-recipe.ts <models folder> <documents folder> <output folder>
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { connect } from "@lancedb/lancedb"
import { env, pipeline } from "@xenova/transformers"

const PIECE_CHARACTERS = 1_000
const BATCH = 50

const [models, documents, output] = process.argv.slice(2)
if (models === undefined || documents === undefined || output === undefined)
  throw new TypeError("Three folders are needed")

env.allowRemoteModels = false
env.localModelPath = models
const extract = await pipeline("feature-extraction", "all-MiniLM-L6-v2", { dtype: "q8", local_files_only: true })
const database = await connect(output)
let table: Awaited<ReturnType<typeof database.createTable>> | undefined
let characters = 0
let pieces = 0
let batch: { path: string; text: string }[] = []

const flush = async (): Promise<void> => {
  if (batch.length === 0) return
  const vectors = await extract(
    batch.map((piece) => piece.text),
    { pooling: "mean", normalize: true },
  )
  const rows = (vectors.tolist() as number[][]).map((vector, position) => ({ ...batch[position], vector }))
  if (table === undefined) table = await database.createTable("pieces", rows)
  else await table.add(rows)
  pieces += batch.length
  batch = []
}

const files = readdirSync(documents, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
for (const file of files) {
  const path = join(file.parentPath, file.name)
  const text = readFileSync(path, "utf8")
  for (let from = 0; from < text.length; from += PIECE_CHARACTERS) {
    const piece = text.slice(from, from + PIECE_CHARACTERS)
    characters += piece.length
    batch.push({ path, text: piece })
    if (batch.length === BATCH) await flush()
  }
}
await flush()
process.stdout.write(`${JSON.stringify({ characters, pieces })}\n`)
