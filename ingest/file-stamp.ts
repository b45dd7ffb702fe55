import type { BigIntStats } from "node:fs"

/** A file that was written this recently may be written again without its times telling: FAT counts in 2 s. */
export const SETTLED_MS = 2_000

/** What the file system says of a file, so that it need not be read to see that it is the same. */
export interface FileFacts {
  readonly sizeBytes: number
  /** Milliseconds since 1970 (UTC), whole. */
  readonly modifiedAt: number
  /** Device, inode, size and time of change of the content: the same file, whatever its name is. */
  readonly identity: string
  /** The identity and the time of any change. A file with the same stamp has the same content. */
  readonly stamp: string
  /** How long the content has been as it is, in milliseconds. */
  readonly ageMs: number
}

export function factsOf(stats: BigIntStats, now = Date.now()): FileFacts {
  const identity = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`
  const modifiedAt = Number(stats.mtimeMs)
  // A time in the future was set by a program or a clock; the time of change of the inode is the kernel's own.
  const changedAt = modifiedAt > now ? Number(stats.ctimeMs) : modifiedAt
  const ageMs = changedAt > now ? SETTLED_MS : now - changedAt
  return { sizeBytes: Number(stats.size), modifiedAt, identity, stamp: `${identity}:${stats.ctimeNs}`, ageMs }
}

/** The identity within a stored stamp; undefined where no stamp is stored. */
export function identityOf(stamp: string | null): string | undefined {
  return stamp?.slice(0, stamp.lastIndexOf(":"))
}
