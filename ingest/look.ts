import { lstat } from "node:fs/promises"
import { join } from "node:path"
import type { FoundFile } from "./compare.ts"
import { factsOf } from "./file-stamp.ts"
import { systemCodeOf } from "./open-inside.ts"
import { type Found, type WalkOptions, walk } from "./walk.ts"

/** A folder as one walk has found it. */
export interface Look {
  readonly files: readonly FoundFile[]
  readonly left: readonly Extract<Found, { type: "skipped" | "failure" }>[]
  /** The folder was changed during the walk, so that another look is due. */
  readonly isUnsteady: boolean
  /** Nothing can be said of what stands at this absolute path. */
  isUnknown(absolutePath: string): boolean
}

/** Throws `cancelled`. */
export async function look(root: string, options: WalkOptions): Promise<Look> {
  const files = new Map<string, FoundFile>()
  const left: Look["left"][number][] = []
  const unknown: string[] = []
  const byIdentity = new Map<string, FoundFile>()
  let isUnsteady = false
  for await (const found of walk(root, options)) {
    const absolutePath = found.path === "" ? root : join(root, found.path)
    if (found.type === "file") {
      const file = { absolutePath, facts: found.facts }
      // One file at two names: it was renamed while the walk was between them.
      const other = found.names === 1 ? byIdentity.get(found.facts.identity) : undefined
      if (other !== undefined && !(await stillStands(other))) files.delete(other.absolutePath)
      byIdentity.set(found.facts.identity, file)
      files.set(absolutePath, file)
      continue
    }
    if (found.type === "moved") isUnsteady = true
    else left.push(found)
    if (found.type !== "skipped") unknown.push(absolutePath)
  }
  return {
    ...{ files: [...files.values()], left, isUnsteady },
    isUnknown: (path) => unknown.some((place) => path === place || path.startsWith(`${place}/`)),
  }
}

/** The same for one file. Of the others it is only known which of those of the same size are gone. */
export async function lookAtOne(
  file: FoundFile,
  others: readonly { readonly absolutePath: string; readonly sizeBytes: number }[],
): Promise<Look> {
  const gone = new Set([file.absolutePath])
  for (const { absolutePath, sizeBytes } of others) {
    if (sizeBytes === file.facts.sizeBytes && (await isGone(absolutePath))) gone.add(absolutePath)
  }
  return { files: [file], left: [], isUnsteady: false, isUnknown: (path) => !gone.has(path) }
}

async function isGone(absolutePath: string): Promise<boolean> {
  try {
    await lstat(absolutePath)
    return false
  } catch (thrown) {
    return ["ENOENT", "ENOTDIR"].includes(systemCodeOf(thrown))
  }
}

async function stillStands(file: FoundFile): Promise<boolean> {
  try {
    return factsOf(await lstat(file.absolutePath, { bigint: true })).identity === file.facts.identity
  } catch {
    return false
  }
}
