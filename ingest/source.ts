import type { Stats } from "node:fs"
import { constants, lstat, open, readdir, realpath, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { type ErrorCode, IbidError, throwIfAborted } from "../src/core/errors.ts"

export type FoundFile =
  | {
      readonly type: "file"
      /** Absolute folder that `path` is relative to, links resolved. */
      readonly root: string
      /** Relative to the root, with `/`. */
      readonly path: string
      readonly absolutePath: string
      readonly sizeBytes: number
      /** Milliseconds since 1970 (UTC), whole. */
      readonly modifiedAt: number
    }
  | { readonly type: "failure"; readonly path: string; readonly error: IbidError }

/**
 * Regular files below the given paths, depth first, in the order of the bytes of their names. Hidden names, links,
 * devices and sockets are left out, so nothing outside of a given folder is read; a link that is itself given is
 * followed. What is missing or may not be read is a failure, and the walk goes on. Throws `cancelled`.
 */
export async function* findFiles(
  paths: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<FoundFile> {
  for (const given of paths) {
    throwIfAborted(options.signal)
    try {
      const absolutePath = await realpath(resolve(given))
      const stats = await stat(absolutePath)
      if (stats.isDirectory()) yield* walk({ root: absolutePath, path: "" }, options.signal)
      else if (stats.isFile()) yield await found(dirname(absolutePath), basename(absolutePath), stats)
      else yield failure(given, new IbidError("not-a-file", `Cannot read ${JSON.stringify(given)}: it is not a file`))
    } catch (thrown) {
      if (thrown instanceof IbidError && thrown.code === "cancelled") throw thrown
      yield failure(given, readError(given, thrown))
    }
  }
}

async function* walk(
  folder: { readonly root: string; readonly path: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundFile> {
  const { root } = folder
  let names: string[]
  try {
    names = await readdir(join(root, folder.path))
  } catch (thrown) {
    yield failure(folder.path || root, readError(folder.path || root, thrown))
    return
  }
  for (const name of names.sort(byBytes)) {
    throwIfAborted(signal)
    if (name.startsWith(".")) continue
    const path = folder.path === "" ? name : `${folder.path}/${name}`
    try {
      const stats = await lstat(join(root, path))
      if (stats.isDirectory()) yield* walk({ root, path }, signal)
      else if (stats.isFile()) yield await found(root, path, stats)
    } catch (thrown) {
      if (thrown instanceof IbidError && thrown.code === "cancelled") throw thrown
      yield failure(path, readError(path, thrown))
    }
  }
}

async function found(root: string, path: string, stats: Stats): Promise<FoundFile> {
  const absolutePath = join(root, path)
  // Asks for what will be done later, as `access` does not: with the effective user, and no link in the last place.
  const handle = await open(absolutePath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  await handle.close()
  return { type: "file", root, path, absolutePath, sizeBytes: stats.size, modifiedAt: Math.trunc(stats.mtimeMs) }
}

function failure(path: string, error: IbidError): FoundFile {
  return { type: "failure", path, error }
}

function readError(path: string, thrown: unknown): IbidError {
  if (thrown instanceof IbidError) return thrown
  const systemCode = thrown instanceof Error && "code" in thrown ? String(thrown.code) : ""
  const [code, state] = READ_ERRORS[systemCode] ?? (["internal", "the system refused it"] as const)
  return new IbidError(code, `Cannot read ${JSON.stringify(path)}: ${state}`, { cause: thrown })
}

const READ_ERRORS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ["path-not-found", "no such file or folder"],
  ENOTDIR: ["path-not-found", "no such file or folder"],
  ENAMETOOLONG: ["path-not-found", "no such file or folder"],
  ELOOP: ["path-not-found", "its links lead in a circle"],
  EACCES: ["permission-denied", "permission denied"],
  EPERM: ["permission-denied", "permission denied"],
}

/** The same order on every machine, whatever its language. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
