import { realpath, stat } from "node:fs/promises"
import { basename, dirname, resolve } from "node:path"
import { IbidError } from "../src/core/errors.ts"
import { readError } from "./open-inside.ts"

/** A folder, or one file of a folder, links resolved. */
export interface GivenPath {
  readonly root: string
  /** Name of the file in the folder. */
  readonly only?: string
}

/**
 * What a person has named. A link that is itself given is followed. Throws `path-not-found`, `permission-denied`,
 * `not-a-file`.
 */
export async function resolveGiven(given: string): Promise<GivenPath> {
  try {
    const absolutePath = await realpath(resolve(given))
    const stats = await stat(absolutePath)
    if (stats.isDirectory()) return { root: absolutePath }
    if (stats.isFile()) return { root: dirname(absolutePath), only: basename(absolutePath) }
  } catch (thrown) {
    throw readError(given, thrown)
  }
  throw new IbidError("not-a-file", `Cannot read ${JSON.stringify(given)}: it is not a file`)
}
