import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { crashPoint } from "../src/core/crash-point.ts"
import { sha256 } from "../src/core/hash.ts"
import type { Embedder } from "../src/core/ports.ts"
import type { CollectionId, DocumentId, IndexedChunk, JobId, ReadingReport, Revision } from "../src/core/types.ts"
import { listFormerTexts, type NewChunk, type NewRevision, writeRevisions } from "../src/db/chunks.ts"
import { type DocumentRow, documentNotFound } from "../src/db/documents.ts"
import type { JobRow } from "../src/db/jobs.ts"
import type { AcceptPorts } from "./accept.ts"
import { acceptEmbedded } from "./accept-embedded.ts"
import { embeddedText, pieceAt } from "./chunk.ts"
import type { CutDocument } from "./cut.ts"
import { embeddingKey } from "./embed.ts"
import { createIndexedRows, type IndexedRows } from "./indexed-rows.ts"
import type { ParserHost } from "./parser-host.ts"
import type { Standing } from "./standing.ts"
import { chunkId, removeUnneeded, type StorePorts, subtractCounted } from "./store.ts"
import { createTermCounts } from "./term-counts.ts"
import { withUnreadPages } from "./unread-pages.ts"

export interface PreparePorts extends AcceptPorts, StorePorts {
  readonly embedder: Pick<Embedder, "fingerprint">
  readonly parserHost: ParserHost
  /** Folder for files that live as long as a job; emptied on start. */
  readonly scratch: string
}

export interface PreparedChunk extends Omit<IndexedChunk, "vector" | "lexicalText"> {
  /** Of the embedding. */
  readonly key: string
  readonly embedded: string
}

/** A document cut into chunks, its text in its file. */
export interface Prepared {
  readonly job: JobRow
  readonly document: DocumentRow
  readonly title: string
  readonly pages: number | null
  readonly warnings: readonly string[]
  readonly report: ReadingReport
  readonly chunks: readonly PreparedChunk[]
  /** What of it was made searchable while it was read; its beginnings have the same one. */
  readonly indexed: IndexedRows
  /** Jobs of the files embedded in it. */
  readonly spawned: readonly JobId[]
  readonly row: Omit<NewRevision, "isCounted" | "isComplete">
  /** Where its blocks stand, as it is stored. */
  readonly layout: string
  /** Ends the hold on the text's file. */
  release(): void
}

export interface PrepareOptions extends Standing {
  /** Takes the beginning of a long document while the rest is being read. */
  readonly onBeginning?: (beginning: Prepared) => void
  readonly signal?: AbortSignal
}

/**
 * parse ─▶ chunk, both in the parser process. Files embedded in the document become documents of their own. Throws what the
 * parser throws, and `document-not-found` for a job whose document is gone or has a newer content.
 */
export async function prepare(job: JobRow, ports: PreparePorts, options: PrepareOptions): Promise<Prepared> {
  const { document, recognised } = options
  if (document === undefined || document.revision !== job.revision) throw documentNotFound()
  const embeddedFolder = join(ports.scratch, `embedded-${randomUUID()}`)
  const beginnings: Promise<void>[] = []
  const common = { job, document, indexed: createIndexedRows() }
  try {
    const { document: parsed, embedded } = await ports.parserHost.parse({
      file: ports.originals.pathOf(job.revision),
      path: document.path,
      mediaType: document.mediaType,
      recognised,
      embeddedFolder,
      ...(options.signal && { signal: options.signal }),
      onPart: (part) => {
        if (options.onBeginning === undefined) return
        beginnings.push(place(part, common, ports, []).then(options.onBeginning))
      },
    })
    crashPoint("parsed")
    const accepted = await acceptEmbedded(embedded, document, ports, { hasFormer: options.hasEmbedded })
    const report = {
      ...withUnreadPages(parsed.report, recognised),
      embeddedFiles: withCodes(parsed.report.embeddedFiles, accepted.codes),
    }
    await Promise.all(beginnings)
    return await place({ ...parsed, report }, common, ports, accepted.jobs)
  } finally {
    await Promise.allSettled(beginnings)
    if (existsSync(embeddedFolder)) await rm(embeddedFolder, { recursive: true, force: true })
  }
}

/** What was cut gets its place: names, keys, and its text in a file. */
async function place(
  parsed: CutDocument,
  common: Pick<Prepared, "job" | "document" | "indexed">,
  ports: PreparePorts,
  spawned: readonly JobId[],
): Promise<Prepared> {
  const { job, document } = common
  const documentId = document.id as DocumentId
  const revision = job.revision as Revision
  const title = parsed.title ?? job.title ?? fileTitle(document.path)
  const chunks = parsed.chunks.map((range) => {
    const piece = { ...range, ...pieceAt(parsed.text, range) }
    const embedded = embeddedText(title, piece)
    return {
      ...piece,
      id: chunkId(documentId, piece.ordinal),
      ...{ documentId, revision, title, embedded },
      collectionId: document.collectionId as CollectionId,
      ...{ aclClass: document.aclClass, mediaType: document.mediaType, modifiedAt: document.modifiedAt },
      key: embeddingKey(ports.embedder.fingerprint, embedded),
    }
  })
  const { pages, warnings, report } = parsed
  const textHash = sha256(parsed.text)
  const release = ports.texts.hold(textHash)
  try {
    await ports.texts.write(parsed.text)
  } catch (thrown) {
    release()
    throw thrown
  }
  crashPoint("text-stored")
  const row = {
    ...{ documentId, revision, textHash, title, pages, warnings, report, chunkCount: chunks.length },
    pageRanges: parsed.pageRanges,
  }
  return { ...common, title, pages, warnings, report, chunks, spawned, row, layout: parsed.layout, release }
}

/**
 * Ranges and hashes of the chunks go into SQL, beside what is searchable now. Where the same content was parsed before,
 * its beginning or without the pages that have been recognised since, the text of then leaves the disk.
 */
export async function writePrepared(
  batch: readonly Prepared[],
  ports: Pick<PreparePorts, "database" | "originals" | "texts" | "log">,
  options: { readonly areComplete: boolean },
): Promise<void> {
  const former = await listFormerTexts(
    ports.database.read,
    batch.map(({ row }) => row),
  )
  const counts = createTermCounts()
  const again = new Set(batch.map(({ row }) => `${row.documentId}:${row.revision}`))
  await subtractCounted(
    counts,
    batch.map(({ row }) => row.documentId as DocumentId),
    ports,
    ({ documentId, revision }) => again.has(`${documentId}:${revision}`),
  )
  await ports.database.write(async (transaction) => {
    await counts.write(transaction)
    await writeRevisions(
      transaction,
      batch.map(({ row, chunks, layout }) => ({
        revision: { ...row, isComplete: options.areComplete },
        layout,
        chunks: chunks.map(chunkRow),
      })),
    )
  })
  crashPoint("chunks-stored")
  await removeUnneeded(former, ports)
}

function chunkRow(piece: PreparedChunk): NewChunk {
  const { documentId, revision, ordinal, start, end, page, headingPath, rows } = piece
  return {
    ...{ documentId, revision, ordinal, start, end, page, headingPath },
    ...{ textHash: sha256(piece.text), embeddingKey: piece.key },
    ...{ firstRow: rows?.[0] ?? null, lastRow: rows?.[1] ?? null },
  }
}

/** What became of the files that the parser has handed over. */
function withCodes(
  files: ReadingReport["embeddedFiles"],
  codes: ReadonlyMap<string, string>,
): ReadingReport["embeddedFiles"] {
  return files.map((file) => ({ ...file, code: file.code ?? codes.get(file.name) ?? null }))
}

/** `annual-report_2026.pdf` → `annual report 2026` */
function fileTitle(path: string): string {
  const name = path.split("/").at(-1) ?? path
  return name.replace(/\.[^.]+$/, "").replace(/[-_]+/g, " ")
}
