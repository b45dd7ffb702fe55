import { requireAdmin } from "../access/principal.ts"
import { readableCollections } from "../access/read-filter.ts"
import { IbidError } from "../core/errors.ts"
import { decodeParts, plainParts } from "../core/text-parts.ts"
import type { CallOptions, CollectionId, DocumentId } from "../core/types.ts"
import type { Database } from "../db/client.ts"
import { listCollections } from "../db/collections.ts"
import {
  documentNotFound,
  findRevisions,
  findSummary,
  listDocuments,
  listEmbedded,
  type StoredRevision,
} from "../db/documents.ts"
import type { ContentStore } from "../db/files.ts"
import { findLayout } from "../db/layouts.ts"
import { markRemoved } from "../db/removals.ts"
import type { KnowledgeBase } from "./knowledge-base.ts"
import { page } from "./page.ts"

type Catalogue = Pick<
  KnowledgeBase,
  | "listDocuments"
  | "getDocument"
  | "readText"
  | "readLayout"
  | "readPage"
  | "readOriginal"
  | "listEmbedded"
  | "removeDocument"
>

/** The documents and the sources behind citations, each read checked against what the principal may see. */
export function createCatalogue(ports: {
  readonly database: Database
  readonly originals: ContentStore
  readonly texts: ContentStore
}): Catalogue {
  const { database } = ports
  const readable = async ({ principal }: CallOptions): Promise<readonly CollectionId[]> =>
    readableCollections(principal, await listCollections(database.read))

  const getDocument: Catalogue["getDocument"] = async (id, call) => {
    const summary = await findSummary(database.read, id)
    if (summary === undefined || !(await readable(call)).includes(summary.collection as CollectionId)) {
      throw documentNotFound()
    }
    return summary
  }

  const searchableRevision = async (id: string, call: CallOptions): Promise<StoredRevision> => {
    const summary = await getDocument(id, call)
    const revision = (await findRevisions(database.read, [summary.id])).get(summary.id)
    if (revision === undefined) {
      throw new IbidError("not-found", "Cannot read the text: the document is not indexed", {
        context: { state: summary.state, code: summary.code },
      })
    }
    return revision
  }

  const canonicalText = async (revision: StoredRevision): Promise<string> => {
    const text = await ports.texts.read(revision.textHash)
    if (text === undefined) {
      throw new IbidError("text-damaged", "Cannot read the text: its stored copy is missing or damaged")
    }
    return text.toString("utf8")
  }

  return {
    getDocument,
    listDocuments: async (call) => {
      const all = await readable(call)
      const { collection, state, name, order } = call
      const collections = collection === undefined ? all : all.filter((id) => id === collection)
      if (collection !== undefined && collections.length === 0) {
        throw new IbidError("collection-not-found", "Cannot find the collection: there is none with this name")
      }
      const narrowed = {
        collections,
        ...(state === undefined ? {} : { state }),
        ...(name === undefined ? {} : { name }),
        ...(order === undefined ? {} : { order }),
      }
      return await page(call.page, (limit, after) => listDocuments(database.read, { ...narrowed, limit, ...after }))
    },
    readText: async (id, range, call) => {
      const text = await canonicalText(await searchableRevision(id, call))
      const start = range.start ?? 0
      const end = range.end ?? text.length
      if (start < 0 || end < start || end > text.length) {
        throw new IbidError("invalid-request", `Cannot read the text: the range must lie within 0 and ${text.length}`)
      }
      return text.slice(start, end)
    },
    readLayout: async (id, call) => {
      const stored = await searchableRevision(id, call)
      const { documentId, revision, isComplete } = stored
      const text = await canonicalText(stored)
      const parts = await findLayout(database.read, documentId, revision)
      return {
        ...{ documentId, revision, isComplete, length: text.length },
        pages: stored.pageRanges.map(({ label, ...range }) => ({ ...range, label: label ?? null })),
        parts: (parts === undefined ? plainParts(text, stored.pageRanges) : decodeParts(parts)).map((part) =>
          part.type === "heading" ? { ...part, title: text.slice(part.start, part.end) } : part,
        ),
      }
    },
    readPage: async (id, number, call) => {
      const revision = await searchableRevision(id, call)
      const range = revision.pageRanges.find((candidate) => candidate.page === number)
      if (range === undefined) throw new IbidError("not-found", "Cannot read the page: the document has none there")
      const text = await canonicalText(revision)
      const { start, end, label } = range
      return { page: number, label: label ?? null, start, end, text: text.slice(start, end) }
    },
    listEmbedded: async (id, call) => await listEmbedded(database.read, (await getDocument(id, call)).id),
    readOriginal: async (id, call) => {
      const summary = await getDocument(id, call)
      const revision = call.revision ?? summary.revision
      if (revision !== summary.revision && revision !== (await searchableRevision(id, call)).revision) {
        throw new IbidError("not-found", "Cannot read the original: the document has another content now")
      }
      const bytes = await ports.originals.read(revision)
      if (bytes === undefined) {
        throw new IbidError("text-damaged", "Cannot read the original: its stored copy is missing or damaged")
      }
      return { bytes, mediaType: summary.mediaType, path: summary.path }
    },
    removeDocument: async (id, call) => {
      requireAdmin(call.principal)
      await getDocument(id, call)
      await markRemoved(database, id as DocumentId)
    },
  }
}
