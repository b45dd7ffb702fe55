/** What tells a chunk's row from another one: the key stands for the words and for their vector. */
interface RowOfChunk {
  readonly key: string
  readonly title: string
  readonly headingPath: readonly string[]
  readonly start: number
  readonly end: number
  readonly page: number | null
}

/** The rows that the index has of a document by now, so that a longer beginning of it adds to them. */
export interface IndexedRows {
  /** How many chunks, from the first on, stand in the index as they are here. */
  count(chunks: readonly RowOfChunk[]): number
  /** Says that the index has these rows, and no others of the document. */
  put(chunks: readonly RowOfChunk[]): void
}

/** For one job alone: what a run before it has left is not known. */
export function createIndexedRows(): IndexedRows {
  let rows: readonly string[] = []
  return {
    count(chunks) {
      const changed = rows.findIndex((row, place) => chunks[place] === undefined || row !== rowOf(chunks[place]))
      return changed === -1 ? rows.length : changed
    },
    put(chunks) {
      const kept = this.count(chunks)
      rows = [...rows.slice(0, kept), ...chunks.slice(kept).map(rowOf)]
    },
  }
}

/** All that may differ between two readings of a content. */
function rowOf({ key, title, headingPath, start, end, page }: RowOfChunk): string {
  return JSON.stringify([key, title, headingPath, start, end, page])
}
