import { randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { open, readFile, rename, rm } from "node:fs/promises"
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
