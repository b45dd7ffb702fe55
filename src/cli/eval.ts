import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { Evaluation } from "../app/answer-metrics.ts"
import { type Comparison, compareEvaluations, readEvaluation, requireCommon } from "../app/compare-evaluations.ts"
import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { type QuestionSet, readQuestionSet } from "../app/question-set.ts"
import { type MissedThreshold, missedThresholds, parseThreshold } from "../app/thresholds.ts"
import { compose } from "../compose.ts"
import { toIbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import { DATABASE_FILE } from "../db/check.ts"
import { type CommandContext, LOCAL, withKnowledgeBase } from "./context.ts"
import { THRESHOLD_MISSED } from "./exit-codes.ts"
import { bar, createStatusLine, note, print, printJson, signed, table } from "./terminal.ts"

export interface EvalOptions {
  readonly limit?: number
  readonly answers?: boolean
  readonly generate?: boolean
  readonly queries?: string
  readonly qrels?: string
  readonly keep?: boolean
  readonly fresh?: boolean
  /** False: the run is not kept in the data folder. */
  readonly keepRun?: boolean
  readonly compare?: string
  readonly failBelow?: readonly string[]
  readonly failAbove?: readonly string[]
  readonly json?: boolean
}

/** Stands in a folder that was kept once, so that a run without `--keep` leaves it too. */
const KEPT_FILE = "kept-by-eval"

/**
 * Measures on a set in a temporary data folder of its own, named by the set and its content; with `--keep` it stays and
 * is used again, by runs without it too. What is wrong with the options is said before anything is measured.
 */
export async function evalCommand(folder: string, options: EvalOptions, context: CommandContext): Promise<number> {
  const measured = { answers: options.answers === true }
  const thresholds = [
    ...(options.failBelow ?? []).map((text) => parseThreshold(text, "below", measured)),
    ...(options.failAbove ?? []).map((text) => parseThreshold(text, "above", measured)),
  ]
  const earlier = options.compare === undefined ? undefined : await readEvaluation(resolve(options.compare))
  const set = await readQuestionSet(resolve(folder), options)
  if (earlier !== undefined) requireCommon(earlier, set.questions)
  const data = join(
    tmpdir(),
    `ibid-eval-${sha256(`${set.fingerprint}\0${context.loaded.config.embedder}`).slice(0, 16)}`,
  )
  mkdirSync(data, { recursive: true })
  const keptFile = join(data, KEPT_FILE)
  if (options.keep === true) writeFileSync(keptFile, "")
  const isKept = existsSync(keptFile)
  const kb = await compose({ ...context.loaded.config, data }, context)
  let evaluation: Evaluation
  try {
    evaluation = await measure(set, kb, options, context.signal)
  } finally {
    await kb.dispose()
    if (!isKept) rmSync(data, { recursive: true, force: true })
  }
  const failed = evaluation.failedDocuments ?? 0
  if (failed > 0) note(`Documents of the set that could not be indexed: ${failed} of ${evaluation.documents}`)
  if (isKept) note(`The index is kept in ${data}: --data uses it, as for tune`)
  if (options.keepRun !== false) await keepRun(evaluation, context)
  const comparison = earlier === undefined ? undefined : compareEvaluations(earlier, evaluation)
  const missed = missedThresholds(evaluation, thresholds)
  if (options.json === true) {
    printJson({
      ...evaluation,
      ...(comparison === undefined ? {} : { comparison }),
      ...(thresholds.length === 0 ? {} : { missedThresholds: missed }),
    })
  } else {
    printEvaluation(evaluation)
    if (comparison !== undefined) printComparison(comparison)
  }
  for (const threshold of missed) note(describeMissed(threshold))
  return missed.length === 0 ? 0 : THRESHOLD_MISSED
}

async function measure(
  set: QuestionSet,
  kb: Pick<KnowledgeBase, "evaluate">,
  options: EvalOptions,
  signal: AbortSignal,
): Promise<Evaluation> {
  const status = createStatusLine()
  const asked = {
    ...{ answers: options.answers === true, generate: options.generate !== false, fresh: options.fresh === true },
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  }
  try {
    for await (const event of kb.evaluate(set, { ...asked, principal: LOCAL, signal })) {
      if (event.type === "evaluation") return event.evaluation
      status.show(`${event.stage.padEnd(6)} ${bar(event.done, event.total)} ${event.done} of ${event.total}`)
    }
  } finally {
    status.end()
  }
  throw new TypeError("The evaluation ended without a result")
}

/** In the data folder that the command was given, where there is one; a run that cannot be kept is still shown. */
async function keepRun(evaluation: Evaluation, context: CommandContext): Promise<void> {
  if (!existsSync(join(context.loaded.config.data, DATABASE_FILE))) return
  try {
    await withKnowledgeBase(context, (kb, call) => kb.keepEvaluation(evaluation, call))
  } catch (thrown) {
    const error = toIbidError(thrown)
    note(`The run is not kept in the data folder: ${error.message} (${error.code})`)
  }
}

function printEvaluation(evaluation: Evaluation): void {
  const { set, documents, queries, retrieval, answers, abstention, timings, cached } = evaluation
  print(`${set}: ${documents} documents, ${queries} questions with relevant documents\n`)
  const rows: string[][] = []
  for (const [group, values] of Object.entries({ retrieval, answers, abstention, timings })) {
    for (const [name, value] of Object.entries(values ?? {})) {
      if (typeof value === "object" && value !== null) {
        for (const [arm, score] of Object.entries(value)) rows.push([group, `ndcg10 ${arm}`, String(score)])
      } else rows.push([group, name, value === null ? "-" : String(value)])
    }
  }
  print(table(rows))
  if (cached.search + cached.answers > 0) {
    note(`${cached.search} searches and ${cached.answers} answers were measured by an earlier run (--fresh does again)`)
  }
}

function printComparison({ earlier, questions, confidence, metrics }: Comparison): void {
  const models = Object.values(earlier.models).filter((name) => name !== null)
  const counts = `${questions.search} searches and ${questions.answers} answers in common`
  print(`\nSince ${earlier.set} of ${earlier.build} (${models.join(", ")}), ${counts}:\n`)
  print(
    table([
      ["metric", "earlier", "now", "change", `${100 * confidence} % interval`, ""],
      ...metrics.map(({ metric, earlier: before, now, difference, low, high, verdict }) => [
        ...[metric, before.toFixed(4), now.toFixed(4), signed(difference)],
        ...[`${signed(low)} to ${signed(high)}`, verdict],
      ]),
    ]),
  )
  const count = (wanted: string) => metrics.filter(({ verdict }) => verdict === wanted).length
  print(`\n${count("better")} better, ${count("worse")} worse, ${count("undecided")} undecided`)
}

function describeMissed({ metric, kind, value, measured }: MissedThreshold): string {
  const state = measured === null ? "there is nothing to measure" : `${measured} is ${kind} ${value}`
  return `threshold missed: ${metric}: ${state}`
}
