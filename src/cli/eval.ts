import { mkdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { Evaluation } from "../app/answer-metrics.ts"
import { readQuestionSet } from "../app/question-set.ts"
import { compose } from "../compose.ts"
import { sha256 } from "../core/hash.ts"
import { type CommandContext, LOCAL } from "./context.ts"
import { bar, createStatusLine, print, printJson, table } from "./terminal.ts"

export interface EvalOptions {
  readonly limit?: number
  readonly answers?: boolean
  readonly generate?: boolean
  readonly queries?: string
  readonly qrels?: string
  readonly keep?: boolean
  readonly json?: boolean
}

/**
 * Measures on a set in a temporary data folder of its own, named by the set and its content; with `--keep` it stays and
 * is used again.
 */
export async function evalCommand(folder: string, options: EvalOptions, context: CommandContext): Promise<number> {
  const set = await readQuestionSet(resolve(folder), options)
  const data = join(
    tmpdir(),
    `ibid-eval-${sha256(`${set.fingerprint}\0${context.loaded.config.embedder}`).slice(0, 16)}`,
  )
  mkdirSync(data, { recursive: true })
  const status = createStatusLine()
  const kb = await compose({ ...context.loaded.config, data }, context)
  try {
    const asked = {
      ...{ answers: options.answers === true, generate: options.generate !== false },
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    }
    for await (const event of kb.evaluate(set, { ...asked, principal: LOCAL, signal: context.signal })) {
      if (event.type === "progress") {
        status.show(`${event.stage.padEnd(6)} ${bar(event.done, event.total)} ${event.done} of ${event.total}`)
      } else {
        status.end()
        if (options.json === true) printJson(event.evaluation)
        else printEvaluation(event.evaluation)
      }
    }
  } finally {
    status.end()
    await kb.dispose()
    if (options.keep !== true) rmSync(data, { recursive: true, force: true })
  }
  return 0
}

function printEvaluation({ set, documents, queries, ...groups }: Evaluation): void {
  print(`${set}: ${documents} documents, ${queries} questions with relevant documents\n`)
  const rows: string[][] = []
  for (const [group, values] of Object.entries(groups)) {
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "object" && value !== null) {
        for (const [arm, score] of Object.entries(value)) rows.push([group, `ndcg10 ${arm}`, String(score)])
      } else rows.push([group, name, value === null ? "-" : String(value)])
    }
  }
  print(table(rows))
}
