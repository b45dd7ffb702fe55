import { statfs } from "node:fs/promises"

const GIB = 1024 * 1024 * 1024

/**
 * Whether there is room to index more: the last part of a disk is left for what must always be possible, removing
 * documents and compacting the index. `minFreeBytes` at most, 5 % on a small disk.
 */
export async function hasRoom(folder: string, minFreeBytes = GIB): Promise<boolean> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return bavail * bsize >= Math.min(minFreeBytes, blocks * bsize * 0.05)
}
