import { randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { open, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { sha256 } from "../core/hash.ts"

/** Files named by the SHA-256 of their content: originals in `blobs`, canonical texts in `texts`. */
export interface ContentStore {
  /** Durable when it resolves: temporary file, fsync, rename, fsync of the folder. Returns the name. */
  write(content: Uint8Array | string): Promise<string>
  /** Undefined when the file is missing or its content does not match its name any more. */
  read(hash: string): Promise<Buffer | undefined>
  pathOf(hash: string): string
  remove(hash: string): Promise<void>
}

export function createContentStore(folder: string): ContentStore {
  const pathOf = (hash: string) => join(folder, hash.slice(0, 2), hash)
  return {
    pathOf,
    write: async (content) => {
      const hash = sha256(content)
      const path = pathOf(hash)
      if (await isThere(path, Buffer.byteLength(content))) return hash
      mkdirSync(dirname(path), { recursive: true })
      await writeDurably(path, content)
      return hash
    },
    read: async (hash) => {
      try {
        const content = await readFile(pathOf(hash))
        return sha256(content) === hash ? content : undefined
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    remove: (hash) => rm(pathOf(hash), { force: true }),
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

async function isThere(path: string, sizeBytes: number): Promise<boolean> {
  try {
    return (await stat(path)).size === sizeBytes
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
