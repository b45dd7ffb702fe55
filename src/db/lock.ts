import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createClient } from "@libsql/client/sqlite3"
import { IbidError } from "../core/errors.ts"

export interface DataFolderLock {
  release(): void
}

/**
 * Makes this process the one writer of a data folder, or throws `data-folder-in-use`. The lock is an open write
 * transaction on a database file of its own: the kernel ends it with the process, so a killed process leaves no stale
 * lock behind.
 */
export async function lockDataFolder(folder: string): Promise<DataFolderLock> {
  mkdirSync(folder, { recursive: true })
  // A watched folder may hold the data folder: what is in there is no document, and the token in it is a secret.
  const ignoreFile = join(folder, ".ibidignore")
  if (!existsSync(ignoreFile)) writeFileSync(ignoreFile, "*\n")
  const client = createClient({ url: `file:${join(folder, "lock.sqlite")}`, timeout: 0 })
  try {
    const transaction = await client.transaction("write")
    return {
      release: () => {
        transaction.close()
        client.close()
      },
    }
  } catch (cause) {
    client.close()
    if (cause instanceof Error && /BUSY|locked/i.test(cause.message)) {
      throw new IbidError("data-folder-in-use", "Cannot open the data folder: another process is using it", { cause })
    }
    throw cause
  }
}
