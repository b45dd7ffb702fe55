import { randomUUID } from "node:crypto"
import { existsSync, mkdirSync, rmSync } from "node:fs"
import { open, readdir, readFile, rename, rm } from "node:fs/promises"
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
  /**
   * Keeps the file from being removed until the returned function is called: taken before `write`, ended when SQL names
   * the file, so that the cleaning up after another document with the same content cannot come in between.
   */
  hold(hash: string): () => void
  /**
   * Removes the file unless somebody holds it. Called within a write transaction that has found the name unneeded, and
   * done at once, so that nobody can begin to need it meanwhile.
   */
  remove(hash: string): void
  /** All files that are there, also those that are not content: what a write that was cut off has left. */
  entries(): Promise<readonly ContentFile[]>
}

export interface ContentFile {
  readonly path: string
  /** Undefined for a file that is no content. */
  readonly hash: string | undefined
}

export function createContentStore(folder: string): ContentStore {
  const cache = createTextCache()
  const holders = new Map<string, number>()
  const pathOf = (hash: string) => join(folder, hash.slice(0, 2), hash)
  const read = async (hash: string): Promise<Buffer | undefined> => {
    try {
      const content = await readFile(pathOf(hash))
      return sha256(content) === hash ? content : undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
  return {
    pathOf,
    read,
    write: async (content) => {
      const hash = sha256(content)
      // A damaged file is written anew. Most are new: to see that takes less than to fail to open one.
      if (existsSync(pathOf(hash)) && (await read(hash)) !== undefined) return hash
      await writeDurably(pathOf(hash), content).catch(async (thrown: unknown) => {
        if (!isMissing(thrown)) throw thrown
        mkdirSync(dirname(pathOf(hash)), { recursive: true }) // not each time: nearly all folders are there
        await writeDurably(pathOf(hash), content)
      })
      return hash
    },
    readText: async (hash) => {
      const known = cache.get(hash)
      if (known !== undefined) return known
      const text = (await read(hash))?.toString("utf8")
      if (text !== undefined) cache.put(hash, text)
      return text
    },
    entries: async () => {
      const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
      return files
        .filter((file) => !file.isDirectory())
        .map((file) => {
          const path = join(file.parentPath, file.name)
          return { path, hash: path === pathOf(file.name) ? file.name : undefined }
        })
    },
    hold: (hash) => {
      holders.set(hash, (holders.get(hash) ?? 0) + 1)
      return () => {
        const left = (holders.get(hash) ?? 1) - 1
        if (left > 0) holders.set(hash, left)
        else holders.delete(hash)
      }
    },
    remove: (hash) => {
      if (holders.has(hash)) return
      cache.drop(hash)
      rmSync(pathOf(hash), { force: true })
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
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
