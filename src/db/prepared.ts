import type { Queries } from "./client.ts"

/**
 * A statement that is asked for every document: its words are put together once for each connection, which takes longer
 * than to run it. A transaction is a connection of its own in this.
 */
export function prepared<Statement>(build: (queries: Queries) => Statement): (queries: Queries) => Statement {
  const known = new WeakMap<Queries, Statement>()
  return (queries) => {
    const before = known.get(queries)
    if (before !== undefined) return before
    const statement = build(queries)
    known.set(queries, statement)
    return statement
  }
}
