import type { EntailmentShares } from "../core/ports.ts"
import type { CandidateTrace, OpinionTrace, Replay, ShownReceipt, Verdict } from "../core/receipt.ts"
import { type CommandContext, withKnowledgeBase } from "./context.ts"
import { describeSources } from "./describe-passage.ts"
import { note, print, printJson, shorten, shown, shownText, table } from "./terminal.ts"

/** Answers, newest first. */
export async function listAnswersCommand(
  options: { readonly limit?: number; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const { data } = await kb.listAnswers({ ...call, page: { limit: options.limit ?? 100 } })
    if (options.json === true) for (const summary of data) printJson(summary)
    else if (data.length > 0) {
      const rows = data.map(({ id, createdAt, status, question }) => [
        id,
        createdAt,
        status,
        shorten(shown(question), 80),
      ])
      print(table([["ID", "ASKED", "STATUS", "QUESTION"], ...rows]))
    }
    return 0
  })
}

/** The receipt of an answer; with a document, why that one was used or was not. */
export async function showAnswerCommand(
  id: string,
  options: { readonly document?: string; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const { document } = options
    const receipt = await kb.getAnswer(id, { ...call, ...(document === undefined ? {} : { document }) })
    if (options.json === true) printJson(receipt)
    else print(receipt.document === undefined ? describeReceipt(receipt) : describeUse(receipt.document))
    return 0
  })
}

/** Asks again; exit code 1 when the text is another one though nothing has changed. */
export async function replayAnswerCommand(
  id: string,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const again = await kb.replayAnswer(id, call)
    if (options.json === true) printJson(again)
    else printReplay(again)
    return again.isSameText || again.changes.length > 0 ? 0 : 1
  })
}

export async function giveFeedbackCommand(
  id: string,
  verdict: Verdict,
  options: { readonly text?: string; readonly document?: string; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const { text, document } = options
    const given = { verdict, ...(text === undefined ? {} : { text }), ...(document === undefined ? {} : { document }) }
    const kept = await kb.giveFeedback(id, given, call)
    if (options.json === true) printJson(kept)
    else print(`kept: ${kept.verdict}`)
    return 0
  })
}

function describeReceipt(receipt: ShownReceipt): string {
  const { answer, trace, models, prompt } = receipt
  const named = ({ id, sha256 }: { id: string; sha256: string | null }) =>
    sha256 === null ? id : `${id} (${sha256.slice(0, 12)})`
  const searched = receipt.request.question === receipt.question ? [] : [["searched with", receipt.request.question]]
  const dropped = new Map<string, number>()
  for (const candidate of trace.candidates) {
    if (candidate.dropped !== null) dropped.set(candidate.dropped, (dropped.get(candidate.dropped) ?? 0) + 1)
  }
  const facts = [
    ["asked", `${receipt.createdAt} by ${receipt.principalId}`],
    ["question", receipt.question],
    ...searched,
    ["collections", receipt.collections.join(", ")],
    ["index", `${receipt.generation}, version ${receipt.indexVersion}`],
    ["build", receipt.build],
    ["embedder", named(models.embedder)],
    ["reader", models.reader === null ? "none" : named(models.reader)],
    ["generator", models.generator === null ? "none" : `${named(models.generator)}${rolesOf(models.generator)}`],
    ...adapterOf(models.generator),
    ...(prompt === null ? [] : [["prompt", `${prompt.sha256.slice(0, 12)}, seed ${prompt.seed}`]]),
    ["found", `${trace.candidates.length} chunks, ${trace.passages.length} passages`],
    ["dropped", [...dropped].map(([reason, number]) => `${number} ${reason}`).join(", ") || "none"],
    ["support", `${trace.support.score} (${trace.support.confidence})`],
    ...(trace.opinion === undefined ? [] : [["opinion", describeOpinion(trace.opinion)]]),
    ...(trace.entailment === undefined ? [] : [["entailment", describeEntailment(trace.entailment, models)]]),
    ...(trace.withheld === null ? [] : [["withheld", `${trace.withheld}: ${receipt.written ?? "source removed"}`]]),
    ...receipt.feedback.map(({ verdict, text }) => ["feedback", `${verdict}${text === null ? "" : `: ${text}`}`]),
  ].map(([name = "", value = ""]) => [name, shown(value)])
  const passages = answer.passages.map(({ rank, path, scores }) => [
    ...[String(rank), score(scores.fused), score(scores.dense), score(scores.lexical), score(scores.reader)],
    shown(path),
  ])
  return [
    table(facts),
    "",
    shownText(answer.text),
    ...describeSources(answer),
    ...(passages.length === 0
      ? []
      : ["", table([["RANK", "FUSED", "DENSE", "LEXICAL", "READER", "PATH"], ...passages])]),
  ].join("\n")
}

function rolesOf({ roles }: NonNullable<ShownReceipt["models"]["generator"]>): string {
  return roles === undefined ? "" : `, ${roles.join(" and ") || "no role"}`
}

function adapterOf(generator: ShownReceipt["models"]["generator"]): string[][] {
  if (generator?.adapter === undefined) return []
  return [["adapter", `${generator.adapter.sha256.slice(0, 12)}, scale ${generator.adapter.scale}`]]
}

/** What a verifier or ranker said before anything was written. */
function describeOpinion({ verdicts, picks }: OpinionTrace): string {
  const said = verdicts.map((verdict) => `${Math.round(100 / (1 + Math.exp(-verdict)))} %`)
  return [
    ...(said.length === 0 ? [] : [`answers the question, by the verifier: ${said.join(", ")}`]),
    ...(picks.length === 0
      ? []
      : [`chosen by the ranker: ${picks.map((pick) => `${Math.round(100 * pick)} %`).join(", ")}`]),
  ].join("; ")
}

function describeEntailment(shares: readonly EntailmentShares[], { entailment }: ShownReceipt["models"]): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`
  const said = shares.map(
    (one) =>
      `${percent(one.entailment)} entailed, ${percent(one.neutral)} neutral, ${percent(one.contradiction)} contradicted`,
  )
  return `${said.join("; ")}, by ${entailment?.id ?? "an unknown model"}`
}

function describeUse(use: NonNullable<ShownReceipt["document"]>): string {
  const row = (candidate: CandidateTrace) => [
    candidate.chunkId.split(":").at(-1) ?? "",
    ...[candidate.denseRank, candidate.lexicalRank, candidate.fusedRank].map((rank) => String(rank ?? "-")),
    candidate.passage === null ? (candidate.dropped ?? "") : `passage ${candidate.passage}`,
  ]
  const rows = use.candidates.map(row)
  return [
    `${shown(use.path)}: ${use.outcome} (${use.reason})`,
    use.message,
    ...(rows.length === 0 ? [] : ["", table([["CHUNK", "BY MEANING", "BY WORDS", "OF BOTH", ""], ...rows])]),
  ].join("\n")
}

function printReplay({ isSameText, originalText, answer, changes }: Replay): void {
  print(shownText(answer.text))
  note(isSameText ? "\nThe text is the same." : `\nThe text was:\n${shownText(originalText)}`)
  for (const { what, before, now, documentId } of changes) {
    note(`changed: ${what}${documentId === undefined ? "" : ` ${documentId}`}: ${before ?? "none"} → ${now ?? "none"}`)
  }
}

function score(value: number | null): string {
  return value === null ? "-" : value.toFixed(2)
}
