import { sql } from "drizzle-orm"
import type { PassageVectors } from "../core/ports.ts"
import type { Queries } from "./client.ts"
import { embeddings } from "./schema.ts"
import { slices } from "./slices.ts"

/** Vectors that are known, by key. */
export async function findEmbeddings(queries: Queries, keys: readonly string[]): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>()
  const rows = await queries.all<{ readonly key: string; readonly vector: ArrayBuffer }>(
    sql`SELECT key, vector FROM ${embeddings} WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
  )
  for (const { key, vector } of rows) found.set(key, new Float32Array(vector))
  return found
}

/** Vectors of the sentences of what was embedded, by key, as `PassageVectors` has them; keys without any are left out. */
export async function findSentenceVectors(queries: Queries, keys: readonly string[]): Promise<Map<string, Int8Array>> {
  const found = new Map<string, Int8Array>()
  const rows = await queries.all<{ readonly key: string; readonly sentences: ArrayBuffer }>(
    sql`SELECT key, sentences FROM ${embeddings}
      WHERE sentences IS NOT NULL AND key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`,
  )
  for (const { key, sentences } of rows) found.set(key, new Int8Array(sentences))
  return found
}

/** All vectors of sentences that are kept, a few at a time, each as those of one text. */
export async function* scanSentenceVectors(queries: Queries): AsyncGenerator<Int8Array> {
  for (let after = ""; ; ) {
    const rows = await queries.all<{ readonly key: string; readonly sentences: ArrayBuffer }>(
      sql`SELECT key, sentences FROM ${embeddings}
        WHERE sentences IS NOT NULL AND key > ${after} ORDER BY key LIMIT ${ROWS_AT_ONCE}`,
    )
    for (const { sentences } of rows) yield new Int8Array(sentences)
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_AT_ONCE) return
    after = last.key
  }
}

/** Some megabytes. */
const ROWS_AT_ONCE = 500

export async function writeEmbeddings(
  transaction: Queries,
  vectors: ReadonlyMap<string, PassageVectors>,
): Promise<void> {
  const rows = [...vectors].map(([key, { vector, sentences }]) => ({
    key,
    vector: toBuffer(vector),
    sentences: sentences === null ? null : toBuffer(sentences),
  }))
  for (const part of slices(rows)) {
    await transaction
      .insert(embeddings)
      .values([...part])
      .onConflictDoNothing()
  }
}

function toBuffer({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
