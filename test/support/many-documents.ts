import { sha256 } from "../../src/core/hash.ts"
import type { JobState, ReadingReport } from "../../src/core/types.ts"
import { openDatabase } from "../../src/db/client.ts"
import { DEFAULT_COLLECTION, ensureSource } from "../../src/db/collections.ts"
import { documents, revisions } from "../../src/db/schema.ts"

const ROWS_AT_ONCE = 500
const REPORT: ReadingReport = {
  ...{ pagesRead: 12, weakPages: [], pagesToRecognise: [], tables: 1 },
  ...{ charactersDropped: 0, hiddenCharacters: 0, embeddedFiles: [] },
}

/** Makes a data folder whose catalogue names so many documents; nothing of them can be searched. */
export async function writeManyDocuments(folder: string, count: number): Promise<void> {
  const database = await openDatabase(folder)
  for (let first = 0; first < count; first += ROWS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - first) }, (_, at) => first + at).map((number) => {
      const name = String(number).padStart(6, "0")
      const revision = sha256(name)
      return { id: `doc_${revision.slice(0, 24)}`, revision, name, state: stateOf(number), number }
    })
    await database.write(async (transaction) => {
      const { id: sourceId } = await ensureSource(transaction, DEFAULT_COLLECTION, "")
      await transaction.insert(documents).values(
        rows.map(({ id, revision, name, state, number }) => ({
          ...{ id, collectionId: DEFAULT_COLLECTION, sourceId, path: `archive/${name.slice(0, 3)}/report-${name}.pdf` },
          ...{ aclClass: "public", revision, indexedRevision: state === "indexed" ? revision : null, state },
          ...{ indexedAt: state === "indexed" ? Date.now() - number * 60_000 : null, modifiedAt: Date.now() },
          ...{ code: state === "failed" ? "encrypted" : null, message: state === "failed" ? "Cannot parse it" : null },
          ...{ mediaType: "application/pdf", sizeBytes: 40_000 + number },
        })),
      )
      await transaction.insert(revisions).values(
        rows
          .filter(({ state }) => state === "indexed")
          .map(({ id, revision, name }) => ({
            ...{ documentId: id, revision, textHash: revision, title: `Report ${name} of the archive`, pages: 12 },
            ...{ pageRanges: [], chunkCount: 30, warnings: [], report: REPORT },
          })),
      )
    })
  }
  await database.dispose()
}

function stateOf(number: number): JobState {
  return number % 50 === 0 ? "failed" : "indexed"
}
