import type { DocumentId, Revision } from "../core/types.ts"
import type { Database } from "../db/client.ts"
import { findRevisions, type StoredRevision } from "../db/documents.ts"
import type { ContentStore } from "../db/files.ts"

/** Canonical texts for one question; each file is read and its hash checked once. */
export interface TextLoader {
  revisionOf(documentId: DocumentId): Promise<StoredRevision | undefined>
  /** Undefined when the revision is not the searchable one any more, or the file is missing or damaged. */
  load(documentId: DocumentId, revision: Revision): Promise<string | undefined>
}

export function createTextLoader(ports: { readonly database: Database; readonly texts: ContentStore }): TextLoader {
  const revisions = new Map<DocumentId, Promise<StoredRevision | undefined>>()
  const texts = new Map<string, Promise<string | undefined>>()

  const revisionOf = (documentId: DocumentId): Promise<StoredRevision | undefined> => {
    const known = revisions.get(documentId)
    if (known !== undefined) return known
    const found = findRevisions(ports.database.read, [documentId]).then((rows) => rows.get(documentId))
    revisions.set(documentId, found)
    return found
  }

  return {
    revisionOf,
    load: async (documentId, revision) => {
      const stored = await revisionOf(documentId)
      if (stored?.revision !== revision) return undefined
      const known = texts.get(stored.textHash)
      if (known !== undefined) return await known
      const text = ports.texts.read(stored.textHash).then((bytes) => bytes?.toString("utf8"))
      texts.set(stored.textHash, text)
      return await text
    },
  }
}
