import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import { readQrels } from "./qrels.ts"
import { readSetRows, type SetRow, wrongLine } from "./set-lines.ts"

export interface SetQuestion {
  readonly id: string
  readonly text: string
  readonly answers: readonly string[]
  readonly answerable: boolean
  /** Gold sentence, where the set has one. */
  readonly quote: string | null
  readonly split: string | null
}

export interface QuestionSet {
  readonly name: string
  readonly folder: string
  /** Changes when a document of the set changes, comes or goes. */
  readonly fingerprint: string
  /** A folder of files, or null where the documents are lines of `corpus.jsonl`. */
  readonly docs: string | null
  readonly questions: readonly SetQuestion[]
  /** Question id → document id → gain. */
  readonly relevance: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/**
 * Reads a set folder (INTERFACES, `eval`). Its documents may be absent where it is about those of a base
 * (`isWithoutDocuments`). Throws `path-not-found` and `invalid-request` naming file and line.
 */
export async function readQuestionSet(
  folder: string,
  files: { readonly queries?: string; readonly qrels?: string; readonly isWithoutDocuments?: boolean } = {},
): Promise<QuestionSet> {
  const file = (name: string) => join(folder, name)
  for (const named of [files.queries, files.qrels]) {
    if (named !== undefined && !isFile(file(named))) {
      throw new IbidError("path-not-found", `Cannot read the set: there is no file ${JSON.stringify(file(named))}`)
    }
  }
  const names = files.queries === undefined ? ["questions.jsonl", "queries.jsonl"] : [files.queries]
  const qrels = file(files.qrels ?? "qrels.tsv")
  const questionFile = names.map(file).find(isFile)
  if (questionFile === undefined) {
    throw new IbidError("path-not-found", "Cannot read the set: it has no questions.jsonl and no queries.jsonl")
  }
  const docs = existsSync(file("docs")) ? file("docs") : null
  const hasDocuments = docs !== null || existsSync(file("corpus.jsonl"))
  if (!hasDocuments && files.isWithoutDocuments !== true) {
    throw new IbidError("path-not-found", "Cannot read the set: it has no corpus.jsonl and no folder docs")
  }
  const questions: SetQuestion[] = []
  const relevance = new Map<string, Map<string, number>>()
  for await (const line of readUnique(questionFile)) {
    const question = toQuestion(line)
    questions.push(question)
    const document = line.row["document"] ?? line.row["doc"]
    if (typeof document === "string") relevance.set(question.id, new Map([[document.replace(/^docs\//, ""), 1]]))
  }
  if (isFile(qrels)) {
    for await (const { question, document, gain } of readQrels(qrels)) {
      const gains = relevance.get(question) ?? new Map<string, number>()
      gains.set(document, gain)
      relevance.set(question, gains)
    }
  }
  const stamped = docs !== null ? stamps(docs) : hasDocuments ? [stamp(file("corpus.jsonl"))] : []
  const fingerprint = sha256([folder, ...stamped].join("\n"))
  const name =
    folder
      .replace(/(?<!\/)\/+$/, "")
      .split("/")
      .at(-1) ?? folder
  return { name, folder, fingerprint, docs, questions, relevance }
}

/**
 * The bundled reader was trained on the questions of this split of squad2: they count for retrieval alone, nothing that it
 * takes part in is measured with them.
 */
const TRAINED_SPLIT = "reader-train"

export function isNewToReader({ split }: SetQuestion): boolean {
  return split !== TRAINED_SPLIT
}

/** Every n-th question, so that a part stands for the whole. */
export function spread<Item>(items: readonly Item[], limit: number | undefined): readonly Item[] {
  if (limit === undefined || limit >= items.length) return items
  return Array.from({ length: limit }, (_, position) => items[Math.floor((position * items.length) / limit)]).filter(
    (item) => item !== undefined,
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function stamp(path: string): string {
  const { size, mtimeMs } = statSync(path)
  return `${path}:${size}:${mtimeMs}`
}

function stamps(docs: string): string[] {
  return readdirSync(docs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => stamp(join(entry.parentPath, entry.name)))
    .sort()
}

export interface SetDocument {
  readonly id: string
  readonly title: string
  readonly text: string
}

/** The documents of `corpus.jsonl`, one after the other. Throws `invalid-request` naming file and line. */
export async function* readCorpus(set: QuestionSet): AsyncGenerator<SetDocument> {
  for await (const { id, row } of readUnique(join(set.folder, "corpus.jsonl"))) {
    yield { id, title: String(row["title"] ?? ""), text: String(row["text"] ?? "") }
  }
}

/** Rows with their ids, each of which is there once; two of one id would take each other's place. */
async function* readUnique(path: string): AsyncGenerator<SetRow & { readonly id: string }> {
  const seen = new Set<string>()
  for await (const line of readSetRows(path)) {
    const id = String(line.row["_id"] ?? line.row["id"] ?? "")
    if (id === "") throw wrongLine(line, "has no id")
    if (seen.has(id)) throw wrongLine(line, `has the id ${JSON.stringify(id)} of an earlier line`)
    seen.add(id)
    yield { ...line, id }
  }
}

function toQuestion(line: SetRow & { readonly id: string }): SetQuestion {
  const { id, row } = line
  const text = String(row["text"] ?? row["question"] ?? "")
  if (text === "") throw wrongLine(line, "is a question without text")
  const answers = row["answers"] ?? [row["answer"] ?? []].flat()
  const { answerable = true } = row
  if (typeof answerable !== "boolean") throw wrongLine(line, "has an answerable that is not true or false")
  if (!isStrings(answers)) throw wrongLine(line, "has answers that are not strings")
  return {
    ...{ id, text, answerable },
    // blank ones are none: every text would hold them
    answers: answers.filter((answer) => answer.trim() !== ""),
    quote: typeof row["quote"] === "string" && row["quote"].trim() !== "" ? row["quote"] : null,
    split: typeof row["split"] === "string" ? row["split"] : null,
  }
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string")
}
