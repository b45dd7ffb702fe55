import { createHash } from "node:crypto"
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs"
import { mkdir, open, rename, rm, statfs } from "node:fs/promises"
import { dirname, join } from "node:path"
import { IbidError, throwIfAborted } from "../../core/errors.ts"

/** SHA-256 of a file, 64 hexadecimal digits. Throws `cancelled`. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256")
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal)
    hash.update(piece as Buffer)
  }
  return hash.digest("hex")
}

/** Moves a complete file into place: fsync, rename, fsync of the folder. */
export async function putIntoPlace(temporary: string, path: string): Promise<void> {
  await syncPath(temporary)
  await mkdir(dirname(path), { recursive: true })
  await rename(temporary, path)
  await syncPath(dirname(path))
}

/** Writes a stream into a temporary file beside `path` and moves it there when its hash is the wanted one. */
export async function writeChecked(
  content: AsyncIterable<Uint8Array>,
  path: string,
  wanted: { readonly id: string; readonly sha256: string },
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.part`
  const hash = createHash("sha256")
  try {
    const file = await open(temporary, "w")
    try {
      for await (const piece of content) {
        throwIfAborted(signal)
        hash.update(piece)
        await file.write(piece)
      }
    } finally {
      await file.close()
    }
    if (hash.digest("hex") !== wanted.sha256) throw wrongHash(wanted.id)
    await putIntoPlace(temporary, path)
  } catch (thrown) {
    await rm(temporary, { force: true })
    throw thrown
  }
}

export function wrongHash(id: string): IbidError {
  return new IbidError("model-damaged", `Cannot take the model ${id}: the file has another SHA-256 than published`)
}

/** Throws `disk-full` when the folder's disk has less room than wanted. */
export async function checkRoom(folder: string, wantedBytes: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < wantedBytes) {
    throw new IbidError(
      "disk-full",
      `Cannot store the model: ${Math.ceil(wantedBytes / 1e6)} MB of free disk are needed`,
    )
  }
}

export function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

/** Bytes of the files right in a folder; 0 when there is none. */
export function folderBytes(folder: string): number {
  if (!existsSync(folder)) return 0
  return readdirSync(folder).reduce((sum, name) => sum + sizeOf(join(folder, name)), 0)
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
