import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { IbidError } from "../core/errors.ts"
import type { CallOptions } from "../core/types.ts"
import { type CollectBase, collect } from "./collect.ts"

type Row = Readonly<Record<string, unknown>>

export interface GrownSet {
  readonly questions: number
  readonly added: number
  /** In `unlabelled.jsonl`: a person has to name their document first. */
  readonly unlabelled: number
  readonly documents: number
}

/**
 * Grows a set of questions from feedback, in the form that `ibid eval` reads: `questions.jsonl`, `qrels.tsv` and the
 * texts that the answers had seen as `corpus.jsonl`; `unlabelled.jsonl` is for a person. What is there stays; a text that
 * is newer takes the place of the former. Throws `invalid-request` for a set whose documents are files.
 */
export async function growSet(folder: string, kb: CollectBase, call: CallOptions): Promise<GrownSet> {
  if (existsSync(join(folder, "docs"))) {
    throw new IbidError("invalid-request", "Cannot collect into this folder: it holds a set of files")
  }
  mkdirSync(folder, { recursive: true })
  const file = (name: string) => join(folder, name)
  const questions = await readRows(file("questions.jsonl"))
  const corpus = new Map((await readRows(file("corpus.jsonl"))).map((row) => [String(row["_id"]), row]))
  const qrels = (await readLines(file("qrels.tsv"))).slice(1)
  const unlabelled: Row[] = []
  const before = questions.length
  for await (const one of collect(kb, new Set(questions.map((row) => String(row["_id"]))), call)) {
    if (one.type === "unlabelled") unlabelled.push(one.question)
    else if (one.type === "question") {
      questions.push({ ...one.question })
      qrels.push(...one.relevant.map((id) => `${one.question._id}\t${id}\t1`))
    } else {
      const { id, title, text } = one.document
      corpus.set(id, { _id: id, title, text })
    }
  }
  write(file("corpus.jsonl"), toLines([...corpus.values()]))
  write(file("qrels.tsv"), ["query-id\tcorpus-id\tscore", ...qrels].map((line) => `${line}\n`).join(""))
  write(file("unlabelled.jsonl"), toLines(unlabelled))
  write(file("questions.jsonl"), toLines(questions))
  const added = questions.length - before
  return { questions: questions.length, added, unlabelled: unlabelled.length, documents: corpus.size }
}

async function readLines(path: string): Promise<string[]> {
  if (!existsSync(path)) return []
  return (await readFile(path, "utf8")).split("\n").filter((line) => line.trim() !== "")
}

async function readRows(path: string): Promise<Row[]> {
  return (await readLines(path)).map((line, position) => {
    try {
      return JSON.parse(line) as Row
    } catch (cause) {
      throw new IbidError("invalid-request", `Cannot read the set: line ${position + 1} is not JSON`, { cause })
    }
  })
}

function toLines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("")
}

/** Whole or not at all. */
function write(path: string, content: string): void {
  writeFileSync(`${path}.part`, content)
  renameSync(`${path}.part`, path)
}
