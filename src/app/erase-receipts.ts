import { words } from "../core/terms.ts"
import type { Database } from "../db/client.ts"
import { deleteReceipts, listWrittenTexts } from "../db/receipts.ts"
import { PieceFinder } from "./erase-scan.ts"

const RECEIPTS_AT_ONCE = 100

/**
 * Forgets the answers in which people or the language model have written what only an erased document held: its quotes
 * left the receipts with its removal, but a question may repeat it. Returns how many.
 */
export async function forgetReceipts(
  own: { readonly texts: readonly string[]; readonly words: readonly string[] },
  { database }: { readonly database: Database },
): Promise<number> {
  const pieces = new PieceFinder(own.texts)
  const wanted = new Set(own.words)
  let forgotten = 0
  for (let after = ""; ; ) {
    const page = await listWrittenTexts(database.read, { limit: RECEIPTS_AT_ONCE, after })
    const holding = page.filter(({ texts }) => {
      const found = new Set<string>()
      pieces.find(Buffer.from(texts, "utf8"), found)
      return found.size > 0 || words(texts).some((word) => wanted.has(word))
    })
    if (holding.length > 0) {
      await database.write((transaction) =>
        deleteReceipts(
          transaction,
          holding.map(({ id }) => id),
        ),
      )
    }
    forgotten += holding.length
    after = page.at(-1)?.id ?? ""
    if (page.length < RECEIPTS_AT_ONCE) return forgotten
  }
}
