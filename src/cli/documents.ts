import { type CommandContext, withKnowledgeBase } from "./context.ts"
import { describeDocument, reasonOf, stateOf } from "./describe-document.ts"
import { eraseAndWait } from "./erasures.ts"
import { collectionOf } from "./ingest.ts"
import { note, print, printJson, shown, shownText, table } from "./terminal.ts"

/** The catalogue, with state and reason per document. */
export async function listDocumentsCommand(
  options: { readonly collection?: string; readonly failed?: boolean; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const rows: string[][] = []
    let cursor: string | null = null
    do {
      const page = { limit: 500, ...(cursor === null ? {} : { cursor }) }
      const documents = await kb.listDocuments({
        ...call,
        page,
        ...collectionOf(options),
        ...(options.failed === true ? { state: "failed" as const } : {}),
      })
      for (const document of documents.data) {
        if (options.json === true) printJson(document)
        rows.push([document.id, stateOf(document), String(document.chunks), shown(document.path), reasonOf(document)])
      }
      cursor = documents.cursor
    } while (cursor !== null)
    if (options.json !== true && rows.length > 0) print(table([["ID", "STATE", "CHUNKS", "PATH", ""], ...rows]))
    if (options.json !== true) note(`${rows.length} documents`)
    return 0
  })
}

export async function showDocumentCommand(
  id: string,
  options: { readonly json?: boolean; readonly text?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const document = await kb.getDocument(id, call)
    if (options.text === true) print(shownText(await kb.readText(id, {}, call)))
    else if (options.json === true) printJson(document)
    else {
      const parent = document.parentId === null ? null : await kb.getDocument(document.parentId, call)
      print(describeDocument(document, parent, await kb.listEmbedded(id, call)))
    }
    return 0
  })
}

/** Queues a document again that has failed, or whose pages were not recognised. */
export async function retryDocumentCommand(
  id: string,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    await kb.retryDocument(id, call)
    const document = await kb.getDocument(id, call)
    if (options.json === true) printJson({ event: "document-queued", documentId: id, path: document.path })
    else print(`queued ${shown(document.path)}`)
    return 0
  })
}

export async function removeDocumentCommand(
  id: string,
  options: { readonly json?: boolean; readonly erase?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const document = await kb.getDocument(id, call)
    if (options.erase === true) return await eraseAndWait(document, options, kb, context.signal)
    await kb.removeDocument(id, call)
    if (options.json === true) printJson({ event: "document-removed", documentId: id, path: document.path })
    else print(`removed ${shown(document.path)}`)
    return 0
  })
}
