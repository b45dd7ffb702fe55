import { spawnSync } from "node:child_process"
import { rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { temporaryFolder } from "./folder.ts"

export interface SmallDisk {
  readonly folder: string
  /** Leaves so many bytes free. */
  fill(leaveBytes: number): void
  /** Gives back what was filled. */
  free(): void
}

/** A file system of a few megabytes in memory until the test ends, or why there is none here. */
export function mountSmallDisk(sizeBytes: number): SmallDisk | string {
  const folder = temporaryFolder()
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", folder], { encoding: "utf8" })
  if (mounted.status !== 0) return `no file system can be mounted here: ${mounted.stderr.trim() || mounted.error}`
  onTestFinished(() => void spawnSync("umount", ["--lazy", folder]))
  const ballast = join(folder, "ballast")
  const free = (): void => rmSync(ballast, { force: true })
  return {
    folder,
    free,
    fill: (leaveBytes) => {
      free()
      const { bavail, bsize } = statfsSync(folder)
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)))
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error // full is what it should be
      }
    },
  }
}
