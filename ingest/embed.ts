import { sha256 } from "../src/core/hash.ts"
import type { Embedder, PassageVectors } from "../src/core/ports.ts"
import { splitSentences } from "../src/core/sentences.ts"
import type { Range } from "../src/core/types.ts"
import type { Database } from "../src/db/client.ts"
import { findEmbeddings, writeEmbeddings } from "../src/db/embeddings.ts"

/** Equal keys have equal vectors: the hash of the embedder's fingerprint and the embedded text. */
export function embeddingKey(fingerprint: string, embeddedText: string): string {
  return sha256(`${fingerprint}\0${embeddedText}`)
}

export interface Embeddable {
  /** Of the embedding. */
  readonly key: string
  /** Title and headings in front of the text. */
  readonly embedded: string
  readonly text: string
}

/**
 * Vectors of the chunks by embedding key. What is known is not embedded again, and what is embedded is kept, with
 * the vectors of its sentences, so that a run that was cut off continues where it stood.
 */
export async function embed(
  chunks: readonly Embeddable[],
  ports: { readonly database: Database; readonly embedder: Embedder },
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Float32Array>> {
  const byKey = new Map(chunks.map((chunk) => [chunk.key, chunk]))
  const known = await findEmbeddings(ports.database.read, [...byKey.keys()])
  const missing = [...byKey.values()].filter(({ key }) => !known.has(key))
  if (missing.length === 0) return known
  const vectors = await ports.embedder.embedPassages(
    missing.map(({ embedded, text }) => ({ text: embedded, sentences: sentencesIn(embedded, text) })),
    signal === undefined ? {} : { signal },
  )
  const fresh = new Map<string, PassageVectors>()
  for (const [position, { key }] of missing.entries()) {
    const vector = vectors[position]
    if (vector === undefined) throw new RangeError("An embedder returned fewer vectors than texts")
    fresh.set(key, vector)
  }
  await ports.database.write((transaction) => writeEmbeddings(transaction, fresh))
  for (const [key, { vector }] of fresh) known.set(key, vector)
  return known
}

/** Ranges of the sentences of `text`, which ends what is embedded. */
function sentencesIn(embedded: string, text: string): Range[] {
  const shift = embedded.length - text.length
  return splitSentences(text).map(({ start, end }) => ({ start: start + shift, end: end + shift }))
}
