import { appendFileSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "../core/hash.ts"
import type { Parts } from "./parts.ts"
import type { QuestionSet, SetQuestion } from "./question-set.ts"
import type { AnswerValues, SearchValues } from "./question-values.ts"

/** Values of questions that were measured before. */
export interface ValueCache<Values> {
  get(question: SetQuestion): Values | undefined
  put(question: SetQuestion, values: Values): void
}

/** What else than the question and the documents changes what is measured. */
export interface MeasuredWith {
  readonly generate: boolean
  readonly answers: boolean
  /** The tuning in force, by its id. */
  readonly tuning: string | null
  /** Forgets what was kept. */
  readonly fresh?: boolean
}

/**
 * Keeps the values of each question in the data folder of the evaluation as soon as they are there, so that a run that was
 * ended goes on where it stood. The file is named by all that changes them: the program's own files, the documents, the
 * generation of the index, the models by their weights, the tuning in force, the settings. A question is known by its text
 * and what is expected of it. What a server of one's own runs under the name of a model is not known.
 */
export function openValueCaches(
  set: QuestionSet,
  parts: Parts,
  { generate, answers, tuning, fresh = false }: MeasuredWith,
): { readonly search: ValueCache<SearchValues>; readonly answers: ValueCache<AnswerValues> } {
  const { build, index, embedder, reader, generator, entailment } = parts
  const searched = [build, set.fingerprint, index.generation, embedder.fingerprint, reader?.modelId ?? null, tuning]
  const written = generate && answers && generator !== null ? generator.modelId : null
  const roles = written === null ? null : parts.rolesOf(written)
  // its id names its weights
  const judge = written === null || entailment === null ? [] : [entailment.modelId]
  const loras = written === null ? [] : (parts.loras?.list() ?? [])
  const adapted = loras.map(({ collection, sha256: hash, scale }) => [collection, hash, scale])
  const weights = [reader?.modelId ?? null, written].map((id) => (id === null ? null : parts.hashOf(id)))
  const open = <Values>(stage: string, key: readonly unknown[]) =>
    openCache<Values>(join(parts.folder, "eval"), `${stage}-${sha256(JSON.stringify(key)).slice(0, 16)}`, {
      nameOf: (question) => sha256(JSON.stringify([question, [...(set.relevance.get(question.id) ?? [])]])),
      fresh,
    })
  return {
    search: open("search", [...searched, weights[0]]),
    answers: open("answers", [...searched, ...weights, written, roles, ...judge, ...adapted]),
  }
}

function openCache<Values>(
  folder: string,
  name: string,
  options: { readonly nameOf: (question: SetQuestion) => string; readonly fresh: boolean },
): ValueCache<Values> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.jsonl`)
  if (options.fresh) rmSync(file, { force: true })
  const kept = readLines<Values>(file)
  return {
    get: (question) => kept.get(options.nameOf(question)),
    put: (question, values) => {
      const key = options.nameOf(question)
      kept.set(key, values)
      // a line break in front: what a killed run has left unfinished ends there
      appendFileSync(file, `\n${JSON.stringify([key, values])}\n`)
    },
  }
}

function readLines<Values>(file: string): Map<string, Values> {
  const kept = new Map<string, Values>()
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return kept
    throw thrown
  }
  for (const line of text.split("\n")) {
    try {
      const [key, values] = JSON.parse(line) as [string, Values]
      kept.set(key, values)
    } catch {
      // half a line of a run that was killed: its question is measured again
    }
  }
  return kept
}
