import { mkdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { CalibrateEvent } from "../app/calibrate.ts"
import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { shownMeasured } from "../app/measured.ts"
import { type QuestionSet, readQuestionSet } from "../app/question-set.ts"
import { compose } from "../compose.ts"
import { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import { packageRoot } from "../core/package-root.ts"
import type { Calibration } from "../core/roles.ts"
import { loadCatalogue } from "../engine/models/catalogue.ts"
import { resolveGenerator } from "../engine/models/resolve.ts"
import { saveCalibration, weightsOf } from "../engine/models/roles.ts"
import { type CommandContext, LOCAL } from "./context.ts"
import { bar, createStatusLine, note, print, printJson, table } from "./terminal.ts"

export interface CalibrateArguments {
  readonly set?: string
  readonly minutes?: number
  readonly limit?: number
  readonly json?: boolean
}

const BUNDLED_SET = join(packageRoot, "data", "eval", "calibration")
const DEFAULT_MINUTES = 10

/**
 * Measures a generator on the bundled set or a folder of questions as `ibid eval` reads it, in a temporary data folder,
 * and keeps the roles that it has earned with the hash of its weights. They are in force from the next start on.
 */
export async function calibrateModelCommand(
  id: string,
  options: CalibrateArguments,
  context: CommandContext,
): Promise<number> {
  const { config } = context.loaded
  const generator = resolveGenerator(id, config.models, loadCatalogue())
  if (generator.type === "none") throw new IbidError("invalid-request", `Cannot calibrate "${id}": it names no model`)
  const set = await readQuestionSet(resolve(options.set ?? BUNDLED_SET))
  const weights = await weightsOf(generator, context.signal)
  const data = join(tmpdir(), `ibid-calibrate-${process.pid}-${sha256(set.fingerprint).slice(0, 8)}`)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  let measured: Measured
  try {
    const kb = await compose({ ...config, data, generator: id }, { ...context, isCalibrating: true })
    try {
      measured = await measure(set, kb, options, context.signal)
    } finally {
      await kb.dispose()
    }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
  const { failedDocuments: failed } = measured
  if (failed > 0) note(`Documents of the set that could not be indexed: ${failed}`)
  const calibration = { ...measured.calibration, sha256: weights }
  const path = await saveCalibration(generator, calibration, config.models)
  if (options.json === true) printJson({ ...calibration, path })
  else printCalibration(calibration)
  return 0
}

type Measured = Extract<CalibrateEvent, { type: "calibration" }>

async function measure(
  set: QuestionSet,
  kb: Pick<KnowledgeBase, "calibrate">,
  { minutes = DEFAULT_MINUTES, limit }: CalibrateArguments,
  signal: AbortSignal,
): Promise<Measured> {
  const status = createStatusLine()
  const started = performance.now()
  try {
    const part = { budgetMs: minutes * 60_000, ...(limit === undefined ? {} : { limit }) }
    for await (const event of kb.calibrate(set, { principal: LOCAL, signal, ...part })) {
      if (event.type === "calibration") return event
      const { stage, done, total } = event
      const seconds = Math.round((performance.now() - started) / 1000)
      status.show(`${stage.padEnd(7)} ${bar(done, total)} ${done} of ${total}, ${seconds} s`)
    }
  } finally {
    status.end()
  }
  throw new TypeError("The calibration ended without a result")
}

function printCalibration(calibration: Calibration): void {
  const { model, sha256: hash, set, leftOut, seconds, writer, verifier, ranker } = calibration
  const weights = hash === null ? "weights not known: a server" : `SHA-256 ${hash.slice(0, 12)}`
  print(
    `${model} (${weights}) on ${set.name}: ${set.answerable} answerable and ${set.unanswerable} other questions, ${seconds} s\n`,
  )
  const verdict = ({ isGranted, reason }: { readonly isGranted: boolean; readonly reason: string }) => [
    isGranted ? "granted" : "refused",
    reason,
  ]
  print(
    table([
      ["writer", ...verdict(writer)],
      ["verifier", ...verdict(verifier)],
      ["ranker", ...verdict(ranker)],
    ]),
  )
  print("\nmeasured, with intervals at 95 %\n")
  const rows: [string, string, string][] = [
    ["writer", "share that passes the gate", shownMeasured(writer.passes)],
    ["", "holds the answer, of those", shownMeasured(writer.holdsAnswer)],
    ["", "their quotes hold it", shownMeasured(writer.quoteHoldsAnswer)],
    ["", "words, and of the quotes", `${writer.words.toFixed(1)}, ${writer.quoteWords.toFixed(1)}`],
    ["", "passes on unanswerable questions", shownMeasured(writer.passesUnanswerable)],
    ["verifier", "AUROC of the score without it", shownMeasured(verifier.score)],
    ["", "of its verdict alone", shownMeasured(verifier.verdict)],
    ["", "of both", shownMeasured(verifier.combined)],
    ["", "right sentence first without it", shownMeasured(verifier.rightFirst.score)],
    ["", "with its verdicts", shownMeasured(verifier.rightFirst.combined)],
    ["ranker", "right sentence first without it", shownMeasured(ranker.rightFirst.score)],
    ["", "by its choice alone", shownMeasured(ranker.rightFirst.choice)],
    ["", "by both", shownMeasured(ranker.rightFirst.combined)],
    ["", "choices that move with the place", shownMeasured(ranker.movesWithPlace)],
    ["", "favourite place", `${ranker.favouritePlace.place} (${Math.round(100 * ranker.favouritePlace.share)} %)`],
  ]
  print(table(rows))
  if (leftOut > 0) note(`${leftOut} requests to the model were left out: the time was over (--minutes)`)
}
