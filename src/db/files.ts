import { randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { open, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { sha256 } from "../core/hash.ts"

/** Files named by the SHA-256 of their content: originals in `blobs`, canonical texts in `texts`. */
export interface ContentStore {
  /** Durable when it resolves: temporary file, fsync, rename, fsync of the folder. Returns the name. */
  write(content: Uint8Array | string): Promise<string>
  /** From the disk. Undefined when the file is missing or its content does not match its name any more. */
  read(hash: string): Promise<Buffer | undefined>
  /** The content as text, which was checked when it came from the disk; kept in memory for the next time. */
  readText(hash: string): Promise<string | undefined>
  pathOf(hash: string): string
  remove(hash: string): Promise<void>
}

export function createContentStore(folder: string): ContentStore {
  const cache = createTextCache()
  const pathOf = (hash: string) => join(folder, hash.slice(0, 2), hash)
  const read = async (hash: string): Promise<Buffer | undefined> => {
    try {
      const content = await readFile(pathOf(hash))
      return sha256(content) === hash ? content : undefined
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
      throw error
    }
  }
  return {
    pathOf,
    read,
    write: async (content) => {
      const hash = sha256(content)
      if ((await read(hash)) !== undefined) return hash // a damaged file is written anew
      mkdirSync(dirname(pathOf(hash)), { recursive: true })
      await writeDurably(pathOf(hash), content)
      return hash
    },
    readText: async (hash) => {
      const known = cache.get(hash)
      if (known !== undefined) return known
      const text = (await read(hash))?.toString("utf8")
      if (text !== undefined) cache.put(hash, text)
      return text
    },
    remove: async (hash) => {
      cache.drop(hash)
      await rm(pathOf(hash), { force: true })
    },
  }
}

const CACHED_CHARACTERS = 16 * 1024 * 1024

/** Texts used last; the oldest go when there are too many characters. */
function createTextCache() {
  const texts = new Map<string, string>()
  let characters = 0
  const drop = (hash: string): void => {
    characters -= texts.get(hash)?.length ?? 0
    texts.delete(hash)
  }
  return {
    drop,
    get: (hash: string): string | undefined => {
      const text = texts.get(hash)
      if (text === undefined) return undefined
      texts.delete(hash)
      texts.set(hash, text)
      return text
    },
    put: (hash: string, text: string): void => {
      drop(hash)
      texts.set(hash, text)
      characters += text.length
      for (const oldest of texts.keys()) {
        if (characters <= CACHED_CHARACTERS) break
        drop(oldest)
      }
    },
  }
}

async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, "wx")
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  const folder = await open(dirname(path), "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
