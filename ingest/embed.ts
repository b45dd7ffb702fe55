import { sha256 } from "../src/core/hash.ts"
import type { Embedder } from "../src/core/ports.ts"
import { findEmbeddings, writeEmbeddings } from "../src/db/chunks.ts"
import type { Database } from "../src/db/client.ts"

/** Equal keys have equal vectors: the hash of the embedder's fingerprint and the embedded text. */
export function embeddingKey(fingerprint: string, embeddedText: string): string {
  return sha256(`${fingerprint}\0${embeddedText}`)
}

/**
 * Vectors of the texts by embedding key. What is known is not embedded again, and what is embedded is kept, so that a
 * run that was cut off continues where it stood. `texts` maps key to embedded text.
 */
export async function embed(
  texts: ReadonlyMap<string, string>,
  ports: { readonly database: Database; readonly embedder: Embedder },
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Float32Array>> {
  const known = await findEmbeddings(ports.database.read, [...texts.keys()])
  const missing = [...texts].filter(([key]) => !known.has(key))
  if (missing.length === 0) return known
  const options = { kind: "passage", ...(signal === undefined ? {} : { signal }) } as const
  const vectors = await ports.embedder.embed(
    missing.map(([, text]) => text),
    options,
  )
  const fresh = new Map<string, Float32Array>()
  for (const [position, [key]] of missing.entries()) {
    const vector = vectors[position]
    if (vector === undefined) throw new RangeError("An embedder returned fewer vectors than texts")
    fresh.set(key, vector)
  }
  await ports.database.write((transaction) => writeEmbeddings(transaction, fresh))
  return new Map([...known, ...fresh])
}
