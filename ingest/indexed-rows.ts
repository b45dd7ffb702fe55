/** What tells a chunk's row from another one: the key stands for its words and for their vector. */
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
  /** Says that the index has the rows of the first `count` of these chunks, and no others of the document. */
  put(chunks: readonly RowOfChunk[], count: number): void
}

/** For one job alone: what a run before it has left is not known. */
export function createIndexedRows(): IndexedRows {
  let rows: readonly (string | undefined)[] = []
  return {
    count(chunks) {
      const changed = rows.findIndex((row, place) => row !== rowOf(chunks, place))
      return changed === -1 ? rows.length : changed
    },
    put(chunks, count) {
      rows = chunks.slice(0, count).map((_, place) => rowOf(chunks, place))
    },
  }
}

/** All that may differ between two readings of a content; undefined behind the last chunk. */
function rowOf(chunks: readonly RowOfChunk[], place: number): string | undefined {
  const chunk = chunks[place]
  if (chunk === undefined) return undefined
  const { key, title, headingPath, start, end, page } = chunk
  // Words find a row by those of its neighbours too.
  const neighbours = [chunks[place - 1]?.key, chunks[place + 1]?.key]
  return JSON.stringify([key, title, headingPath, start, end, page, neighbours])
}
