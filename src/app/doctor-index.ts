import { lexicalText, pieceAt } from "../../ingest/chunk.ts"
import { chunkId } from "../../ingest/store.ts"
import type { Violation } from "../core/doctor-report.ts"
import { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { ChunkIndex, StoredChunk } from "../core/ports.ts"
import { contentTerms } from "../core/terms.ts"
import type { ChunkId, DocumentId } from "../core/types.ts"
import type { Database } from "../db/client.ts"
import { findEmbeddings } from "../db/embeddings.ts"
import type { ContentStore } from "../db/files.ts"
import { type ExpectedChunk, listExpectedChunks, listUnsettled } from "../db/integrity.ts"

export interface IndexPorts {
  readonly database: Database
  readonly index: ChunkIndex
  readonly texts: ContentStore
  readonly dimensions: number
}

/** What is wrong between SQL and the index. */
export interface IndexFindings {
  readonly violations: readonly Violation[]
  /** Documents whose rows have to be written again from SQL. */
  readonly hurt: ReadonlySet<DocumentId>
  /** Documents in the index that SQL does not have, or not as searchable ones. */
  readonly phantoms: ReadonlySet<DocumentId>
  /** Rows cannot be read at all. */
  readonly isUnreadable: boolean
  /** Rows are sound and searches do not find them. */
  readonly needsIndexes: boolean
  readonly chunks: number
  /** Documents that were not compared: they are being changed. */
  readonly unsettled: number
}

/** Rows compared at a time with their known vectors, and chunks looked for by one search. */
const ROWS_AT_A_TIME = 250
const MOST_HITS = 10_000

/**
 * Compares the index with SQL: V2 (same chunks on both sides, each once), V3 (no row that SQL does not know), V4 (each
 * row has the text, words and place that SQL has), V5 (its vector is the one that was computed), V6 (a full scan, the
 * lexical and the dense search find the same rows), V7 (its access class is SQL's). Documents with a job under way are
 * left out.
 */
export async function inspectIndex(ports: IndexPorts): Promise<IndexFindings> {
  const unsettled = await listUnsettled(ports.database.read)
  const expected = new Map<ChunkId, ExpectedChunk>()
  for (const row of await listExpectedChunks(ports.database.read)) {
    if (!unsettled.has(row.documentId)) expected.set(chunkId(row.documentId, row.ordinal), row)
  }
  const inspection = new Inspection(ports, expected, unsettled)
  try {
    const { isReadable, isIndexSound } = await ports.index.verify()
    if (!isReadable) throw new IbidError("data-folder-damaged", "Cannot read the index: a file of it has changed")
    await inspection.scan()
    if (isIndexSound) await inspection.search()
    else {
      inspection.report("V6", "a file that the searches use has changed")
      inspection.needsIndexes = true
    }
  } catch (thrown) {
    if (!(thrown instanceof IbidError) || thrown.code !== "data-folder-damaged") throw thrown
    inspection.report("V2", "the index cannot be read")
    inspection.isUnreadable = true
  }
  return inspection
}

class Inspection implements IndexFindings {
  readonly violations: Violation[] = []
  readonly hurt = new Set<DocumentId>()
  readonly phantoms = new Set<DocumentId>()
  isUnreadable = false
  needsIndexes = false
  readonly #words = new Map<ChunkId, string>()
  readonly #seen = new Set<ChunkId>()
  readonly #ports: IndexPorts
  readonly #expected: ReadonlyMap<ChunkId, ExpectedChunk>
  readonly #unsettled: ReadonlySet<DocumentId>

  constructor(ports: IndexPorts, expected: ReadonlyMap<ChunkId, ExpectedChunk>, unsettled: ReadonlySet<DocumentId>) {
    this.#ports = ports
    this.#expected = expected
    this.#unsettled = unsettled
  }

  get chunks(): number {
    return this.#expected.size
  }

  get unsettled(): number {
    return this.#unsettled.size
  }

  report(invariant: string, message: string, documentId?: DocumentId): void {
    this.violations.push({ invariant, message, ...(documentId === undefined ? {} : { documentId }) })
  }

  async scan(): Promise<void> {
    let rows: StoredChunk[] = []
    for await (const row of this.#ports.index.scan()) {
      if (this.#unsettled.has(row.documentId)) continue
      rows.push(row)
      if (rows.length < ROWS_AT_A_TIME) continue
      await this.#compare(rows)
      rows = []
    }
    await this.#compare(rows)
    for (const [id, { documentId, isComplete }] of this.#expected) {
      if (isComplete && !this.#seen.has(id)) this.#hurt("V2", `a chunk is missing from the index: ${id}`, documentId)
    }
  }

  async #compare(rows: readonly StoredChunk[]): Promise<void> {
    const keys = rows.flatMap(({ id }) => this.#expected.get(id)?.embeddingKey ?? [])
    const vectors = await findEmbeddings(this.#ports.database.read, keys)
    const texts = await this.#textsOf(rows)
    for (const row of rows) {
      const { id, documentId } = row
      const known = this.#expected.get(id)
      if (known === undefined || known.revision !== row.revision) {
        this.report("V3", `the index has a chunk that SQL does not know: ${id}`, documentId)
        this.phantoms.add(documentId)
        continue
      }
      if (this.#seen.has(id)) this.#hurt("V2", `the index has a chunk twice: ${id}`, documentId)
      this.#seen.add(id)
      const damage = differences(row, known, this.#lexicalText(known, texts))
      if (damage.length > 0) this.#hurt("V4", `${damage.join(", ")} of a chunk differ in the index: ${id}`, documentId)
      if (row.aclClass !== known.aclClass || row.collectionId !== known.collectionId) {
        this.#hurt("V7", `a chunk has another access class or collection in the index: ${id}`, documentId)
      }
      if (!isSound(row.vector, this.#ports.dimensions)) {
        this.#hurt("V5", `the vector of a chunk is not usable: ${id}`, documentId)
      } else if (!isSame(row.vector, vectors.get(known.embeddingKey))) {
        this.#hurt("V5", `the vector of a chunk is not the one that was computed: ${id}`, documentId)
      }
      const word = searchableWord(row.text)
      if (word !== undefined) this.#words.set(id, word)
    }
  }

  /** Canonical texts by their hash, of the documents that are complete. */
  async #textsOf(rows: readonly StoredChunk[]): Promise<ReadonlyMap<string, string>> {
    const expected = rows.flatMap(({ id }) => this.#expected.get(id) ?? [])
    const texts = new Map<string, string>()
    for (const hash of new Set(expected.flatMap((row) => (row.isComplete ? [row.canonicalHash] : [])))) {
      const bytes = await this.#ports.texts.read(hash)
      if (bytes !== undefined) texts.set(hash, bytes.toString("utf8"))
    }
    return texts
  }

  /** Undefined where no text is there to tell. */
  #lexicalText(chunk: ExpectedChunk, texts: ReadonlyMap<string, string>): string | undefined {
    const text = texts.get(chunk.canonicalHash)
    if (text === undefined) return undefined
    const pieces = [chunk.ordinal - 1, chunk.ordinal, chunk.ordinal + 1].map((ordinal) => {
      const piece = this.#expected.get(chunkId(chunk.documentId, ordinal))
      return piece && { headingPath: piece.headingPath, ...pieceAt(text, piece) }
    })
    const known = pieces.filter((piece) => piece !== undefined)
    return lexicalText(chunk.title, known, pieces[0] === undefined ? 0 : 1)
  }

  /** Looks for every sound row by a word of its own and by a vector. */
  async search(): Promise<void> {
    const sound = [...this.#expected].filter(([id, { documentId }]) => this.#seen.has(id) && !this.hurt.has(documentId))
    for (let from = 0; from < sound.length; from += ROWS_AT_A_TIME) {
      const part = sound.slice(from, from + ROWS_AT_A_TIME)
      const unit = (value: string[]): string[] => [...new Set(value)]
      const filter = {
        collections: unit(part.map(([, row]) => row.collectionId)) as ExpectedChunk["collectionId"][],
        aclClasses: unit(part.map(([, row]) => row.aclClass)),
        documentIds: unit(part.map(([, row]) => row.documentId)) as DocumentId[],
      }
      const query = { filter, limit: MOST_HITS }
      const words = unit(part.flatMap(([id]) => this.#words.get(id) ?? []))
      const wanted = part.map(([id]) => id)
      await this.#missing(
        "full-text",
        wanted.filter((id) => this.#words.has(id)),
        () => this.#ports.index.searchLexical(words.join(" "), query),
      )
      const vector = new Float32Array(this.#ports.dimensions).fill(1)
      await this.#missing("vector", wanted, () => this.#ports.index.searchDense(vector, query))
    }
  }

  async #missing(
    name: string,
    wanted: readonly ChunkId[],
    search: () => ReturnType<ChunkIndex["searchDense"]>,
  ): Promise<void> {
    if (wanted.length === 0) return
    try {
      const hits = await search()
      const found = new Set(hits.map((hit) => hit.chunkId))
      const missing = hits.length === MOST_HITS ? [] : wanted.filter((id) => !found.has(id))
      if (missing.length === 0) return
      this.report("V6", `${missing.length} chunks are not found by the ${name} search, such as ${missing[0]}`)
    } catch (thrown) {
      if (!(thrown instanceof IbidError) || thrown.code !== "data-folder-damaged") throw thrown
      this.report("V6", `the ${name} search fails`)
    }
    this.needsIndexes = true
  }

  #hurt(invariant: string, message: string, documentId: DocumentId): void {
    this.report(invariant, message, documentId)
    this.hurt.add(documentId)
  }
}

function differences(row: StoredChunk, known: ExpectedChunk, words: string | undefined): string[] {
  return [
    ...(sha256(row.text) === known.textHash ? [] : ["the text"]),
    ...(words === undefined || row.lexicalText === words ? [] : ["the words"]),
    ...(row.title === known.title ? [] : ["the title"]),
    ...(row.headingPath.join("\0") === known.headingPath.join("\0") ? [] : ["the headings"]),
    ...(row.start === known.start && row.end === known.end && row.page === known.page ? [] : ["the place"]),
  ]
}

function isSound(vector: Float32Array, dimensions: number): boolean {
  return vector.length === dimensions && vector.every(Number.isFinite) && vector.some((component) => component !== 0)
}

function isSame(left: Float32Array, right: Float32Array | undefined): boolean {
  return (
    right !== undefined && left.length === right.length && left.every((component, place) => component === right[place])
  )
}

/** A word that any tokenizer takes for one word, and none for a stop word. */
function searchableWord(text: string): string | undefined {
  const words = text.slice(0, 2_000).match(/(?<![\p{L}\p{M}\p{N}])[A-Za-z]{5,20}(?![\p{L}\p{M}\p{N}])/gu) ?? []
  return words.reduce<string | undefined>(
    (longest, word) => (word.length > (longest?.length ?? 0) && isIndexed(word) ? word : longest),
    undefined,
  )
}

function isIndexed(word: string): boolean {
  return contentTerms(word).length > 0 && !STOP_WORDS.has(word.toLowerCase())
}

/** Words of five letters and more that the full-text index leaves out: Snowball's list for English. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "about above after again against because before being below between could doing during further having herself " +
    "himself itself myself other ought ourselves should their theirs themselves there these those through under until " +
    "where which while would yours yourself yourselves"
  ).split(" "),
)
