import type { BigIntStats } from "node:fs"
import { type FileHandle, lstat } from "node:fs/promises"
import { join } from "node:path"
import { IbidError } from "../src/core/errors.ts"
import { checkSize } from "./accept.ts"
import { type FileFacts, factsOf, SETTLED_MS } from "./file-stamp.ts"
import { openInside, readError } from "./open-inside.ts"

export interface ReadPolicy {
  readonly maxFileBytes: number
  /** A younger content may still be written to and is not read yet, in milliseconds; 0 reads what is there. */
  readonly settleMs: number
}

export interface FileContent {
  readonly type: "content"
  readonly bytes: Buffer
  /** Milliseconds since 1970 (UTC), whole. */
  readonly modifiedAt: number
  /** Null when the content was so young that it could have changed without its times telling. */
  readonly fileStamp: string | null
}

/** Not read: it is being written, or was replaced or removed meanwhile. To be tried again after so long. */
export interface Unsettled {
  readonly type: "unsettled"
  readonly retryAfterMs: number
}

/**
 * The whole content of a regular file below a root, or `unsettled`: never half of it, and nothing from outside of the
 * root, whatever is renamed or linked meanwhile. Throws `outside-root`, `not-a-file`, `path-not-found`,
 * `permission-denied`, `empty-file`, `file-too-large`, `broken-file`.
 */
export async function readFileInside(root: string, path: string, policy: ReadPolicy): Promise<FileContent | Unsettled> {
  const opened = await openInside(root, path, "file")
  if (opened.type === "moved") return unsettled()
  try {
    const before = await opened.handle.stat({ bigint: true })
    await refuseUnsuitable(root, path, before)
    const facts = factsOf(before)
    if (facts.ageMs < policy.settleMs) return unsettled(policy.settleMs - facts.ageMs)
    checkSize(path, facts.sizeBytes, policy.maxFileBytes)
    const bytes = await readExactly(opened.handle, facts.sizeBytes)
    const after = factsOf(await opened.handle.stat({ bigint: true }))
    if (bytes === undefined || after.stamp !== facts.stamp || !(await stillStandsThere(root, path, facts))) {
      return unsettled()
    }
    const fileStamp = facts.ageMs < SETTLED_MS ? null : facts.stamp
    return { type: "content", bytes, modifiedAt: facts.modifiedAt, fileStamp }
  } catch (thrown) {
    throw readError(path, thrown)
  } finally {
    await opened.handle.close()
  }
}

function unsettled(retryAfterMs = SETTLED_MS): Unsettled {
  return { type: "unsettled", retryAfterMs }
}

/**
 * A hard link looks like any other file: only its number of names gives it away. One whose owner is not that of the
 * folder could have been put there to have a file read that its maker may not read. Documented limit: a link to a file
 * of the folder's owner is taken for a file of the folder.
 */
async function refuseUnsuitable(root: string, path: string, stats: BigIntStats): Promise<void> {
  if (!stats.isFile()) {
    throw new IbidError("not-a-file", `Cannot read ${JSON.stringify(path)}: it is not a regular file`)
  }
  if (stats.nlink <= 1n) return
  const folder = await lstat(root, { bigint: true })
  if (folder.uid === stats.uid) return
  const state = "it is a hard link to a file of another owner than the folder's"
  throw new IbidError("outside-root", `Cannot read ${JSON.stringify(path)}: ${state}`)
}

/** Undefined when there are fewer or more bytes than there were a moment ago. */
async function readExactly(handle: FileHandle, sizeBytes: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes + 1)
  let length = 0
  while (length <= sizeBytes) {
    const { bytesRead } = await handle.read(bytes, length, Math.min(bytes.length - length, MOST_AT_ONCE), length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length === sizeBytes ? bytes.subarray(0, sizeBytes) : undefined
}

const MOST_AT_ONCE = 16 * 1024 * 1024

/** False when another file was renamed over it, or it is gone: what was read is whole, but not what stands there. */
async function stillStandsThere(root: string, path: string, facts: FileFacts): Promise<boolean> {
  try {
    return factsOf(await lstat(join(root, path), { bigint: true })).identity === facts.identity
  } catch {
    return false
  }
}
