import { constants, type FileHandle, open, readlink, realpath, stat } from "node:fs/promises"
import { join } from "node:path"
import { type ErrorCode, IbidError } from "../src/core/errors.ts"

/** Never through a link in the last place, and never waiting for the other end of a pipe. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** `moved`: what was opened stands at another place by now, or nowhere. Looked at again it may be right. */
export type Opened =
  | { readonly type: "opened"; readonly handle: FileHandle; readonly descriptorPath: string }
  | { readonly type: "moved" }

/**
 * Opens a file or folder below a root without following links. The check is made on what has been opened: the kernel
 * knows the real path of a descriptor, so that nothing can be put in its place between check and use. Throws
 * `outside-root`, `path-not-found`, `permission-denied`, `not-a-file`. `root` has no links in it.
 */
export async function openInside(root: string, path: string, kind: "file" | "folder"): Promise<Opened> {
  const expected = path === "" ? root : join(root, path)
  let handle: FileHandle
  try {
    handle = await open(expected, kind === "folder" ? READ_FLAGS | constants.O_DIRECTORY : READ_FLAGS)
  } catch (thrown) {
    throw readError(path || root, thrown)
  }
  try {
    const real = await realPathOf(handle, expected)
    if (real === expected) return { type: "opened", handle, descriptorPath: descriptorPathOf(handle) ?? expected }
    await handle.close()
    const isInside = real === undefined || real === root || real.startsWith(`${root}/`)
    if (isInside || real === `${expected}${DELETED}`) return { type: "moved" }
  } catch (thrown) {
    await handle.close().catch(() => undefined)
    throw readError(path || root, thrown)
  }
  throw new IbidError("outside-root", `Cannot read ${JSON.stringify(path)}: it leads out of the folder`)
}

const DELETED = " (deleted)"

/** A path that leads to what is open, whatever is renamed; undefined where the system has none. */
function descriptorPathOf(handle: FileHandle): string | undefined {
  return process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : undefined
}

async function realPathOf(handle: FileHandle, expected: string): Promise<string | undefined> {
  const descriptorPath = descriptorPathOf(handle)
  if (descriptorPath !== undefined) return await readlink(descriptorPath)
  const real = await realpath(expected)
  const [opened, named] = [await handle.stat(), await stat(real)]
  return opened.dev === named.dev && opened.ino === named.ino ? real : undefined
}

/** What the system says when a file cannot be read, in our words. */
export function readError(path: string, thrown: unknown): IbidError {
  if (thrown instanceof IbidError) return thrown
  const systemCode = systemCodeOf(thrown)
  const [code, state] = READ_ERRORS[systemCode] ?? (["internal", "the system refused it"] as const)
  return new IbidError(code, `Cannot read ${JSON.stringify(path)}: ${state}`, { cause: thrown })
}

export function systemCodeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : ""
}

const READ_ERRORS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ["path-not-found", "no such file or folder"],
  ENOTDIR: ["path-not-found", "no such file or folder"],
  ENAMETOOLONG: ["path-not-found", "no such file or folder"],
  ELOOP: ["outside-root", "it is a link"],
  EACCES: ["permission-denied", "permission denied"],
  EPERM: ["permission-denied", "permission denied"],
  ENXIO: ["not-a-file", "it is not a regular file"],
  ENODEV: ["not-a-file", "it is not a regular file"],
  EIO: ["broken-file", "the disk or the network folder cannot read it"],
  ESTALE: ["broken-file", "the disk or the network folder cannot read it"],
}
