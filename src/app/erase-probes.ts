import { mkdirSync } from "node:fs"
import { open, readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { contentTerms, words } from "../core/terms.ts"
import type { DocumentId, Revision } from "../core/types.ts"
import { listChunks, listFileHashes } from "../db/chunks.ts"
import type { Database } from "../db/client.ts"
import { findEmbeddings, findSentenceVectors } from "../db/embeddings.ts"
import { listRevisionsOf } from "../db/erasures.ts"
import type { ContentStore } from "../db/files.ts"

/** What an erasure has to know of a document when the document is not there any more. */
export interface Probes {
  readonly documentIds: readonly DocumentId[]
  /** Names of the files that it stood on. */
  readonly hashes: readonly string[]
  readonly embeddingKeys: readonly string[]
  /** Base64 of `PIECE_BYTES` bytes each, of texts in UTF-8 and UTF-16. */
  readonly texts: readonly string[]
  /** The same of vectors, by embedding key. */
  readonly vectors: Readonly<Record<string, string>>
  /** Some a chunk of the vectors of its sentences, by embedding key; absent in what an earlier version has written. */
  readonly sentences?: Readonly<Record<string, readonly string[]>>
  /** What was there when the erasure began, so that the receipt counts all of it after a crash too. */
  readonly before?: {
    readonly indexRows: number
    readonly sqlRows: number
    readonly vectors: number
    readonly files: number
    readonly bytes: number
  }
  /** Long words, lower case and without accents, as an index of words may hold them. */
  readonly words: readonly string[]
}

/** Long enough that two documents do not have the same by chance. */
export const PIECE_BYTES = 24
const PIECES_A_CHUNK = 5
const LEAST_WORD_LETTERS = 8
const MOST_WORDS = 200
const FOLDER = "erasing"
const ACKNOWLEDGED_WITHIN_MS = 60_000

interface ProbePorts {
  readonly database: Database
  readonly originals: ContentStore
  readonly texts: ContentStore
  /** The data folder. */
  readonly folder: string
}

/** Takes pieces of all that is stored of the documents. */
export async function takeProbes(documentIds: readonly DocumentId[], ports: ProbePorts): Promise<Probes> {
  const { database } = ports
  const texts = new Set<string>()
  const found = new Set<string>()
  const keys = new Set<string>()
  for (const revision of await listRevisionsOf(database.read, documentIds)) {
    const { documentId, textHash, title, path } = revision
    const text = (await ports.texts.read(textHash))?.toString("utf8") ?? ""
    for (const row of await listChunks(database.read, documentId, revision.revision as Revision)) {
      keys.add(row.embeddingKey)
      for (const piece of piecesOf(text.slice(row.start, row.end))) texts.add(piece)
    }
    for (const word of words(text))
      if (word.length >= LEAST_WORD_LETTERS && contentTerms(word).length > 0) found.add(word)
    for (const name of [title, path]) for (const piece of piecesOf(name)) texts.add(piece)
  }
  const vectors: Record<string, string> = {}
  for (const [key, vector] of await findEmbeddings(database.read, [...keys])) {
    vectors[key] = Buffer.from(vector.buffer, vector.byteOffset, PIECE_BYTES).toString("base64")
  }
  const sentences: Record<string, readonly string[]> = {}
  for (const [key, bytes] of await findSentenceVectors(database.read, [...keys])) {
    sentences[key] = piecesIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }
  return {
    documentIds,
    hashes: [...new Set(await listFileHashes(database.read, documentIds))],
    embeddingKeys: [...keys],
    texts: [...texts],
    ...{ vectors, sentences },
    words: [...found].slice(0, MOST_WORDS),
  }
}

/** Pieces of a text in both encodings. */
function piecesOf(text: string): string[] {
  return (["utf8", "utf16le"] as const).flatMap((encoding) => piecesIn(Buffer.from(text, encoding)))
}

/** Pieces of the beginning, the middle and the end; few bytes and monotonous pieces give none. */
function piecesIn(bytes: Buffer): string[] {
  const pieces: string[] = []
  const room = bytes.length - PIECE_BYTES
  for (let number = 0; number < PIECES_A_CHUNK && room >= 0; number++) {
    const from = Math.floor((room * number) / (PIECES_A_CHUNK - 1))
    const piece = bytes.subarray(from, from + PIECE_BYTES)
    if (new Set(piece).size >= PIECE_BYTES / 3) pieces.push(piece.toString("base64"))
  }
  return pieces
}

/** Kept on the disk until the erasure is finished: what it has to look for is gone from everywhere else by then. */
export async function writeProbes(id: string, probes: Probes, { folder }: Pick<ProbePorts, "folder">): Promise<void> {
  mkdirSync(join(folder, FOLDER), { recursive: true })
  const file = await open(probeFile(folder, id), "w")
  try {
    await file.writeFile(JSON.stringify(probes))
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function readProbes(id: string, folder: string): Promise<Probes | undefined> {
  try {
    return JSON.parse(await readFile(probeFile(folder, id), "utf8")) as Probes
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error && error.code === "ENOENT")) {
      return undefined
    }
    throw error
  }
}

/** Removes the probes of erasures that are not under way: finished, or never acknowledged. */
export async function removeProbes(folder: string, pending: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(join(folder, FOLDER)).catch(() => [])) {
    if (pending.has(name)) continue
    const path = join(folder, FOLDER, name)
    // One that was just written may be acknowledged in this moment.
    if (Date.now() - (await stat(path)).mtimeMs > ACKNOWLEDGED_WITHIN_MS) await rm(path, { force: true })
  }
}

export function probeFile(folder: string, id: string): string {
  return join(folder, FOLDER, id)
}
