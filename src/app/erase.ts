import { randomUUID } from "node:crypto"
import { statSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { removeUnneeded, type StorePorts, subtractCounted } from "../../ingest/store.ts"
import { createTermCounts } from "../../ingest/term-counts.ts"
import { crashPoint } from "../core/crash-point.ts"
import type { DocumentId } from "../core/types.ts"
import { deleteDocuments } from "../db/chunks.ts"
import { listCollections } from "../db/collections.ts"
import { scanSentenceVectors } from "../db/embeddings.ts"
import {
  countHolders,
  countRowsOf,
  type ErasureReceipt,
  findKeptVectors,
  finishErasure,
  listAccessClasses,
  listFamily,
  listPendingErasures,
  requestErasure,
} from "../db/erasures.ts"
import { recordIndexVersion } from "../db/integrity.ts"
import { type Probes, probeFile, readProbes, removeProbes, takeProbes, writeProbes } from "./erase-probes.ts"
import { forgetReceipts } from "./erase-receipts.ts"
import { PieceFinder, scanFolder } from "./erase-scan.ts"

export interface ErasePorts extends StorePorts {
  /** The data folder. */
  readonly folder: string
}

/**
 * Acknowledges an erasure: from the return on no query shows the document. Its pieces, which the proof will look for,
 * are kept first. Returns the id of the erasure. Throws `document-not-found`.
 */
export async function requestErase(documentId: DocumentId, principalId: string, ports: ErasePorts): Promise<string> {
  const id = `ers_${randomUUID()}`
  const family = await listFamily(ports.database.read, documentId)
  await writeProbes(id, await takeProbes(family, ports), ports)
  await requestErasure(ports.database, { id, documentId, principalId })
  crashPoint("removal-acknowledged")
  return id
}

/**
 * Carries out the erasures that were acknowledged: out of the index's files, out of SQL's pages, off the disk; then every
 * file of the data folder is searched for pieces of the documents, and the receipt is written. Each step done again
 * changes nothing, so that it goes on after a crash. Has to be alone with the index. True when something was erased.
 */
export async function finishErasures(ports: ErasePorts): Promise<boolean> {
  const pending = await listPendingErasures(ports.database.read)
  await removeProbes(ports.folder, new Set(pending.map(({ id }) => id)))
  for (const { id, documentId } of pending) {
    const probes = (await readProbes(id, ports.folder)) ?? withoutPieces(documentId)
    const receipt = await erase(id, probes, ports)
    await finishErasure(ports.database, id, receipt)
    await rm(probeFile(ports.folder, id), { force: true })
    const level = receipt.proof.found === 0 ? "info" : "error"
    ports.log(level, "documents were erased", { erasure: id, ...receipt.removed, ...receipt.proof })
  }
  return pending.length > 0
}

async function erase(id: string, probes: Probes, ports: ErasePorts): Promise<ErasureReceipt> {
  const { database, index } = ports
  const { documentIds, hashes, embeddingKeys } = probes
  const before = probes.before ?? (await countStored(probes, ports))
  if (probes.before === undefined) await writeProbes(id, { ...probes, before }, ports)
  await recordIndexVersion(database, index.generation, await index.erase(documentIds))
  await index.discardDamaged()
  crashPoint("erasure-rewritten")

  const counts = createTermCounts()
  await subtractCounted(counts, documentIds, ports)
  await database.write(async (transaction) => {
    await counts.write(transaction)
    await deleteDocuments(transaction, documentIds)
  })
  await removeUnneeded(hashes, ports)
  const own = await findOwn(probes, ports)
  const receipts = await forgetReceipts(own, ports)
  await database.vacuum()
  crashPoint("erasure-vacuumed")

  const keptVectors = await findKeptVectors(database.read, embeddingKeys)
  const after = await countStored(probes, ports)
  return {
    documentIds,
    removed: {
      indexRows: before.indexRows - after.indexRows,
      sqlRows: before.sqlRows - after.sqlRows,
      vectors: before.vectors - after.vectors,
      files: before.files - after.files,
      bytes: before.bytes - after.bytes,
      receipts,
    },
    kept: {
      documents: await countHolders(database.read, hashes, documentIds),
      files: after.files,
      vectors: after.vectors,
    },
    proof: await prove(id, probes, { ...own, keptVectors }, ports),
  }
}

async function countStored(
  { documentIds, hashes, embeddingKeys }: Probes,
  ports: ErasePorts,
): Promise<NonNullable<Probes["before"]>> {
  const { database, index } = ports
  const files = storedFiles(hashes, ports)
  return {
    indexRows: await index.countRows(),
    sqlRows: await countRowsOf(database.read, documentIds),
    vectors: (await findKeptVectors(database.read, embeddingKeys)).size,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

interface Own {
  readonly texts: readonly string[]
  readonly words: readonly string[]
  /** What was read to tell them from those of others. */
  readonly files: number
  readonly bytes: number
}

/** Pieces and words that no other document has: they must stand nowhere. */
async function findOwn(probes: Probes, ports: ErasePorts): Promise<Own> {
  const words = await wordsOfNobody(probes.words, ports)
  const theirs = new Set<string>()
  let [files, bytes] = [0, 0]
  for (const folder of contentFolders(ports)) {
    const scan = await scanFolder(folder, { pieces: probes.texts, words })
    for (const piece of scan.found) theirs.add(piece)
    files += scan.files
    bytes += scan.bytes
  }
  const isOwn = (piece: string) => !theirs.has(piece)
  return { texts: probes.texts.filter(isOwn), words: words.filter(isOwn), files, bytes }
}

function contentFolders({ folder }: Pick<ErasePorts, "folder">): string[] {
  return ["texts", "blobs"].map((name) => join(folder, name))
}

async function prove(
  id: string,
  probes: Probes,
  own: Own & { readonly keptVectors: ReadonlySet<string> },
  ports: ErasePorts,
): Promise<ErasureReceipt["proof"]> {
  const contents = contentFolders(ports)
  const isGone = ([key]: readonly [string, unknown]) => !own.keptVectors.has(key)
  const gone = Object.entries(probes.vectors).filter(isGone)
  const sentences = Object.entries(probes.sentences ?? {})
  const goneSentences = sentences.filter(isGone).flatMap(([, pieces]) => pieces)
  const vectors = [...gone.map(([, piece]) => piece), ...(await ofNoOther(goneSentences, ports))]
  const wanted = { pieces: [...own.texts, ...vectors], words: own.words }
  const ownProbes = probeFile(ports.folder, id)
  const rest = await scanFolder(
    ports.folder,
    wanted,
    (path) => path === ownProbes || contents.some((folder) => path.startsWith(`${folder}/`)),
  )
  const inContents = await Promise.all(contents.map((folder) => scanFolder(folder, { pieces: vectors, words: [] })))
  const pieces = wanted.pieces.length + wanted.words.length
  const allVectors = Object.keys(probes.vectors).length + sentences.flatMap(([, pieces]) => pieces).length
  const all = probes.texts.length + allVectors + probes.words.length
  return {
    filesScanned: own.files + rest.files,
    bytesScanned: own.bytes + rest.bytes,
    pieces,
    piecesOfOthers: all - pieces,
    found: rest.found.size + inContents.reduce((sum, scan) => sum + scan.found.size, 0),
  }
}

/** A sentence that stands in nearly the same words around it may have the same bytes in another document. */
async function ofNoOther(pieces: readonly string[], { database }: Pick<ErasePorts, "database">): Promise<string[]> {
  if (pieces.length === 0) return []
  const finder = new PieceFinder(pieces)
  const theirs = new Set<string>()
  for await (const { buffer, byteOffset, byteLength } of scanSentenceVectors(database.read)) {
    finder.find(Buffer.from(buffer, byteOffset, byteLength), theirs)
  }
  return pieces.filter((piece) => !theirs.has(piece))
}

/** A word that a search still finds is another document's too. */
async function wordsOfNobody(words: readonly string[], { database, index }: ErasePorts): Promise<string[]> {
  const collections = await listCollections(database.read)
  const filter = { collections, aclClasses: await listAccessClasses(database.read) }
  const found: string[] = []
  for (const word of words) if ((await index.searchLexical(word, { filter, limit: 1 })).length === 0) found.push(word)
  return found
}

/** Its pieces are gone, by hand or with a disk: the document goes all the same, and the receipt says that nothing was sought. */
function withoutPieces(documentId: DocumentId): Probes {
  return { documentIds: [documentId], hashes: [], embeddingKeys: [], texts: [], vectors: {}, words: [] }
}

function storedFiles(hashes: readonly string[], { originals, texts }: ErasePorts): { readonly bytes: number }[] {
  return hashes.flatMap((hash) =>
    [originals, texts].flatMap((store) => {
      const file = statSync(store.pathOf(hash), { throwIfNoEntry: false })
      return file === undefined ? [] : [{ bytes: file.size }]
    }),
  )
}
