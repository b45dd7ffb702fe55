import { open, readdir } from "node:fs/promises"
import { join } from "node:path"
import { PIECE_BYTES } from "./erase-probes.ts"

export interface Scan {
  readonly files: number
  readonly bytes: number
  /** What was found, as it was given. */
  readonly found: ReadonlySet<string>
}

const READ_BYTES = 1024 * 1024
const LONGEST_WORD_BYTES = 128
/** Multiplier of the rolling hash, an odd number with mixed bits. */
const BASE = 0x01000193
const FILTER_BITS = 16

/**
 * Reads every file below a folder and looks for pieces (base64 of `PIECE_BYTES` bytes) and words (as UTF-8 and UTF-16).
 * All pieces are found in one pass by a rolling hash: Karp and Rabin, IBM Journal of Research and Development 31(2), 1987.
 */
export async function scanFolder(
  folder: string,
  wanted: { readonly pieces: Iterable<string>; readonly words: readonly string[] },
  skip: (path: string) => boolean = () => false,
): Promise<Scan> {
  const pieces = new PieceFinder(wanted.pieces)
  const words = wanted.words.flatMap((word) => [
    { word, bytes: Buffer.from(word, "utf8") },
    { word, bytes: Buffer.from(word, "utf16le") },
  ])
  const found = new Set<string>()
  let files = 0
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || skip(path)) continue
    files++
    for await (const part of overlappingParts(path)) {
      bytes += part.fresh
      pieces.find(part.content, found)
      for (const { word, bytes: needle } of words) {
        if (!found.has(word) && part.content.includes(needle)) found.add(word)
      }
    }
  }
  return { files, bytes, found }
}

/** The file in parts; each begins with the end of the one before, so that nothing is cut in two. */
async function* overlappingParts(path: string): AsyncGenerator<{ readonly content: Buffer; readonly fresh: number }> {
  const file = await open(path, "r").catch(() => undefined) // gone since it was listed
  if (file === undefined) return
  const buffer = Buffer.alloc(LONGEST_WORD_BYTES + READ_BYTES)
  let kept = 0
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, kept, READ_BYTES)
      if (bytesRead === 0) return
      const end = kept + bytesRead
      yield { content: buffer.subarray(0, end), fresh: bytesRead }
      const keep = Math.min(LONGEST_WORD_BYTES, end)
      buffer.copyWithin(0, end - keep, end)
      kept = keep
    }
  } finally {
    await file.close()
  }
}

/** Finds which of many pieces stand in a content, in one pass. */
export class PieceFinder {
  readonly #pieces = new Map<number, { readonly name: string; readonly bytes: Buffer }[]>()
  readonly #filter = new Uint8Array(1 << FILTER_BITS)
  /** `BASE` to the power of the length: what the byte that leaves the window has grown to. */
  readonly #leaving: number

  constructor(pieces: Iterable<string>) {
    let leaving = 1
    for (let at = 0; at < PIECE_BYTES; at++) leaving = Math.imul(leaving, BASE)
    this.#leaving = leaving
    for (const name of pieces) {
      const bytes = Buffer.from(name, "base64")
      let hash = 0
      for (const byte of bytes) hash = (Math.imul(hash, BASE) + byte) | 0
      this.#pieces.set(hash, [...(this.#pieces.get(hash) ?? []), { name, bytes }])
      this.#filter[fold(hash)] = 1
    }
  }

  find(content: Buffer, found: Set<string>): void {
    if (this.#pieces.size === 0) return
    let hash = 0
    for (let at = 0; at < content.length; at++) {
      hash = (Math.imul(hash, BASE) + (content[at] ?? 0)) | 0
      if (at >= PIECE_BYTES) hash = (hash - Math.imul(this.#leaving, content[at - PIECE_BYTES] ?? 0)) | 0
      if (at < PIECE_BYTES - 1 || this.#filter[fold(hash)] === 0) continue
      for (const { name, bytes } of this.#pieces.get(hash) ?? []) {
        if (content.compare(bytes, 0, PIECE_BYTES, at - PIECE_BYTES + 1, at + 1) === 0) found.add(name)
      }
    }
  }
}

function fold(hash: number): number {
  return (hash ^ (hash >>> FILTER_BITS)) & ((1 << FILTER_BITS) - 1)
}
