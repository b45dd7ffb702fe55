import { setTimeout as delay } from "node:timers/promises"
import type { CommandBase } from "../app/knowledge-base.ts"
import { IbidError } from "../core/errors.ts"
import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { note, print, printJson, shown, table } from "./terminal.ts"

type Erasure = Awaited<ReturnType<CommandBase["listErasures"]>>["data"][number]

const LOOK_AGAIN_MS = 100

/** Erases a document and prints the receipt; exit code 1 when a piece of it was found afterwards. */
export async function eraseAndWait(
  document: { readonly id: string; readonly path: string },
  options: { readonly json?: boolean },
  kb: Pick<CommandBase, "eraseDocument" | "listErasures">,
  signal: AbortSignal,
): Promise<number> {
  const call = { principal: LOCAL, signal }
  const id = await kb.eraseDocument(document.id, call)
  if (options.json !== true) note(`removed ${shown(document.path)}; no query returns it; erasing…`)
  for (;;) {
    const [erasure] = (await kb.listErasures({ ...call, id })).data
    if (erasure === undefined) throw new IbidError("not-found", "Cannot find the erasure: there is none with this id")
    if (erasure.finishedAt !== null) {
      printErasure(erasure, options)
      return erasure.receipt?.proof.found === 0 ? 0 : 1
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal })
  }
}

/** Receipts, newest first; those of one document or erasure where an id is given. */
export async function listErasuresCommand(
  id: string | undefined,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    let cursor: string | null = null
    do {
      const page = { limit: 500, ...(cursor === null ? {} : { cursor }) }
      const call = { principal: LOCAL, signal: context.signal, page, ...(id === undefined ? {} : { id }) }
      const erasures: Awaited<ReturnType<CommandBase["listErasures"]>> = await kb.listErasures(call)
      for (const erasure of erasures.data) printErasure(erasure, options)
      cursor = erasures.cursor
    } while (cursor !== null)
    return 0
  } finally {
    await kb.dispose()
  }
}

function printErasure(erasure: Erasure, options: { readonly json?: boolean }): void {
  if (options.json === true) {
    printJson(erasure)
    return
  }
  const { id, documentId, requestedAt, finishedAt, receipt } = erasure
  const rows: [string, unknown][] = [
    ["erasure", id],
    ["document", documentId],
    ["requested", requestedAt],
    ["finished", finishedAt ?? "not yet"],
  ]
  if (receipt !== null) {
    const { removed, kept, proof } = receipt
    rows.push(
      ["documents", receipt.documentIds.length],
      ["removed", `${removed.indexRows} rows of the index, ${removed.sqlRows} of SQL, ${removed.vectors} vectors`],
      ["", `${removed.files} files of ${removed.bytes} bytes`],
      ["kept", `${kept.files} files and ${kept.vectors} vectors that ${kept.documents} other documents have too`],
      ["proof", `${proof.filesScanned} files of ${proof.bytesScanned} bytes searched for ${proof.pieces} pieces`],
      ["", `${proof.found} found; ${proof.piecesOfOthers} more are in other documents too`],
    )
  }
  print(table(rows.map(([name, value]) => [name, String(value)])))
}
