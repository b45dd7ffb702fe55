import { contentTerms } from "../src/core/terms.ts"
import { addTermCounts } from "../src/db/chunks.ts"
import type { Queries } from "../src/db/client.ts"

/** Changes to the number of chunks in which each term occurs, by collection. */
export interface TermCounts {
  /** The words of these chunks come, or with -1 go. */
  add(collectionId: string, texts: readonly string[], sign: 1 | -1): void
  /** Part of the transaction that makes the chunks searchable, or takes them away. */
  write(transaction: Queries): Promise<void>
}

export function createTermCounts(): TermCounts {
  const byCollection = new Map<string, Map<string, number>>()
  return {
    add(collectionId, texts, sign) {
      const counts = byCollection.get(collectionId) ?? new Map<string, number>()
      byCollection.set(collectionId, counts)
      for (const text of texts) {
        for (const term of new Set(contentTerms(text))) counts.set(term, (counts.get(term) ?? 0) + sign)
      }
    },
    async write(transaction) {
      for (const [collectionId, changes] of byCollection) await addTermCounts(transaction, collectionId, changes)
    },
  }
}
