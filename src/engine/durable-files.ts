import { open } from "node:fs/promises"

/** Flushes a file or a folder to the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Writes at the end of a file, made where it is not there, and flushes it. */
export async function appendDurably(path: string, content: string): Promise<void> {
  const file = await open(path, "a")
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
