import { statfs } from "node:fs/promises"

const GIB = 1024 * 1024 * 1024

export interface DiskRoom {
  readonly freeBytes: number
  readonly totalBytes: number
  /** The last part of a disk that is left free. */
  readonly neededBytes: number
}

/**
 * Whether there is room to index more: the last part of a disk is left for what must always be possible, removing
 * documents and compacting the index. `minFreeBytes` at most, 5 % on a small disk.
 */
export async function hasRoom(folder: string, minFreeBytes = GIB): Promise<boolean> {
  const { freeBytes, neededBytes } = await roomOf(folder, minFreeBytes)
  return freeBytes >= neededBytes
}

/** The disk that a folder stands on. */
export async function roomOf(folder: string, minFreeBytes = GIB): Promise<DiskRoom> {
  const { bavail, blocks, bsize } = await statfs(folder)
  const totalBytes = blocks * bsize
  return { freeBytes: bavail * bsize, totalBytes, neededBytes: Math.min(minFreeBytes, totalBytes * 0.05) }
}
