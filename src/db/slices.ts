/** Bound values in one statement; SQLite takes 32,766 in all, and a row has several. */
const ROWS_PER_STATEMENT = 1_000

/** Cuts a list into parts that one statement can take. */
export function slices<Item>(items: readonly Item[]): Item[][] {
  const parts: Item[][] = []
  for (let from = 0; from < items.length; from += ROWS_PER_STATEMENT) {
    parts.push(items.slice(from, from + ROWS_PER_STATEMENT))
  }
  return parts
}
