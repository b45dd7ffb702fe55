import { termOf, words } from "../src/core/terms.ts"
import { addTermCounts } from "../src/db/chunks.ts"
import type { Queries } from "../src/db/client.ts"

/** Changes to the number of chunks in which each term occurs, by collection. */
export interface TermCounts {
  /** The words of these chunks come, or with -1 go. */
  add(collectionId: string, texts: readonly string[], sign: 1 | -1): void
  /** Part of the transaction that makes the chunks searchable, or takes them away. */
  write(transaction: Queries): Promise<void>
}

/** A look at the words that were met before takes half the time of their terms, and of a set of them for each text. */
interface Counts {
  readonly byTerm: Map<string, TermCount>
  /** The counts by word; a stop word has none. */
  readonly byWord: Map<string, TermCount | null>
}

interface TermCount {
  chunks: number
  /** Number of the last text that it was counted for. */
  lastText: number
}

export function createTermCounts(): TermCounts {
  const byCollection = new Map<string, Counts>()
  let texts = 0

  const countOf = ({ byTerm, byWord }: Counts, word: string): TermCount | null => {
    const known = byWord.get(word)
    if (known !== undefined) return known
    const term = termOf(word)
    const count = term === undefined ? null : (byTerm.get(term) ?? { chunks: 0, lastText: 0 })
    if (term !== undefined && count !== null) byTerm.set(term, count)
    byWord.set(word, count)
    return count
  }

  return {
    add(collectionId, added, sign) {
      const counts = byCollection.get(collectionId) ?? { byTerm: new Map(), byWord: new Map() }
      byCollection.set(collectionId, counts)
      for (const text of added) {
        texts++
        for (const word of words(text)) {
          const count = countOf(counts, word)
          if (count === null || count.lastText === texts) continue
          count.lastText = texts
          count.chunks += sign
        }
      }
    },
    async write(transaction) {
      for (const [collectionId, { byTerm }] of byCollection) {
        const changes = new Map([...byTerm].map(([term, { chunks }]) => [term, chunks]))
        await addTermCounts(transaction, collectionId, changes)
      }
    },
  }
}
