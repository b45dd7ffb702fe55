import { open, readdir, stat } from "node:fs/promises"
import { join } from "node:path"

/** Times of files are coarser than our clock. */
const CLOCK_SLACK_MS = 2_000

/**
 * Flushes files and folders below `folder` that changed since a time (ms since 1970); returns the time to give next.
 * LanceDB writes new files and renames, and never calls fsync: without this a power loss could take what SQL says is
 * indexed.
 */
export async function syncFilesSince(folder: string, since: number): Promise<number> {
  const started = Date.now()
  await syncFolder(folder, since - CLOCK_SLACK_MS)
  return started
}

async function syncFolder(folder: string, since: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncFolder(path, since)
    else if (entry.isFile() && (await stat(path)).mtimeMs >= since) await syncPath(path)
  }
  if ((await stat(folder)).mtimeMs >= since) await syncPath(folder)
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
