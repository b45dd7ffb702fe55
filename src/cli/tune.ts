import { resolve } from "node:path"
import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { readQuestionSet } from "../app/question-set.ts"
import { compose } from "../compose.ts"
import type { StoredTuning, TuningReport } from "../core/tuning.ts"
import { type CommandContext, LOCAL } from "./context.ts"
import { bar, createStatusLine, note, print, printJson, signed, table } from "./terminal.ts"

export interface TuneOptions {
  readonly collection: string
  readonly queries?: string
  readonly qrels?: string
  readonly undo?: boolean
  readonly json?: boolean
}

/**
 * Learns from a set of questions; without one, shows what was learnt, or takes back what is in force. It needs the data
 * folder for itself: exit code 3 while a server holds it.
 */
export async function tuneCommand(
  folder: string | undefined,
  options: TuneOptions,
  context: CommandContext,
): Promise<number> {
  const set =
    folder === undefined || options.undo === true
      ? undefined
      : await readQuestionSet(resolve(folder), { ...options, isWithoutDocuments: true })
  const kb = await compose(context.loaded.config, context)
  const call = { principal: LOCAL, signal: context.signal, collection: options.collection }
  try {
    if (options.undo === true) {
      const id = await kb.undoTuning(call)
      if (options.json === true) printJson({ undone: id })
      else print(`${id} is undone`)
    } else if (set === undefined) {
      const tunings = await kb.listTunings(call)
      if (options.json === true) printJson({ data: tunings })
      else if (tunings.length === 0) print("Nothing was learnt")
      else for (const tuning of tunings) printStored(tuning)
    } else {
      const { id, report } = await learn(kb, set, call)
      if (options.json === true) printJson({ id, ...report })
      else {
        printReport(report)
        print(
          id === null ? "\nNothing wins: all stays as it was" : `\n${id} is in force; ibid tune --undo takes it back`,
        )
      }
    }
    return 0
  } finally {
    await kb.dispose()
  }
}

type Call = Parameters<KnowledgeBase["tune"]>[1]

async function learn(
  kb: Pick<KnowledgeBase, "tune">,
  set: Parameters<KnowledgeBase["tune"]>[0],
  call: Call,
): Promise<{ readonly id: string | null; readonly report: TuningReport }> {
  const status = createStatusLine()
  try {
    for await (const event of kb.tune(set, call)) {
      if (event.type === "tuned") return event
      status.show(`asking ${bar(event.done, event.total)} ${event.done} of ${event.total}`)
    }
  } finally {
    status.end()
  }
  throw new TypeError("Tuning ended without a result")
}

const NAMES = { ranking: "weights of ranking", adapter: "adapter of questions", support: "threshold of abstention" }

function printReport({ questions, figures, notes }: TuningReport): void {
  const { learnt, heldOut, leftOut } = questions
  print(`Learnt from ${learnt} questions, measured on ${heldOut} others:\n`)
  if (figures.length > 0) {
    print(
      table([
        ["", "metric", "before", "after", "95 % interval", ""],
        ...figures.map(({ part, metric, before, after, low, high, isKept }) => [
          ...[NAMES[part], metric, before.toFixed(4), after.toFixed(4), `${signed(low)} to ${signed(high)}`],
          isKept ? "kept" : "left",
        ]),
      ]),
    )
  }
  for (const line of notes) note(line)
  if (leftOut > 0) note(`The documents of ${leftOut} questions are not in the collection`)
}

function printStored({
  id,
  collection,
  createdAt,
  ranking,
  support,
  hasAdapter,
  isInForce,
  report,
}: StoredTuning): void {
  print(`${id}  ${collection}  ${createdAt}${isInForce ? "  in force" : ""}`)
  if (ranking !== null) {
    const { denseWeight, sentenceShare, coverageWeight } = ranking
    const shown = [denseWeight, sentenceShare, coverageWeight].map((weight) => weight.toFixed(2))
    print(`  weights: dense arm ${shown[0]}, best sentence ${shown[1]}, words in it ${shown[2]}`)
  }
  if (hasAdapter) print("  an adapter of questions")
  if (support !== null) print(`  threshold of abstention: ${support.threshold.toFixed(2)}`)
  for (const { part, metric, before, after, isKept } of report.figures) {
    if (isKept) print(`  ${NAMES[part]}: ${metric} ${before.toFixed(4)} -> ${after.toFixed(4)}`)
  }
  print("")
}
