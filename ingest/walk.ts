import type { BigIntStats } from "node:fs"
import { lstat, readdir, readlink } from "node:fs/promises"
import { join, resolve } from "node:path"
import { IbidError, throwIfAborted } from "../src/core/errors.ts"
import { type FileFacts, factsOf } from "./file-stamp.ts"
import { IGNORE_FILE, type IgnorePatterns } from "./ignore.ts"
import { openInside, readError, systemCodeOf } from "./open-inside.ts"
import { readFileInside } from "./read-file.ts"

/** Paths are relative to the root, with `/`. */
export type Found =
  | { readonly type: "file"; readonly path: string; readonly facts: FileFacts; readonly names: number }
  /** Left out with a reason: a link, a pipe, a device. It is no document. */
  | { readonly type: "skipped"; readonly path: string; readonly error: IbidError }
  /** A file or folder that cannot be looked at; nothing can be said of what is below it. */
  | { readonly type: "failure"; readonly path: string; readonly error: IbidError }
  /** A folder that was renamed or removed during the walk; a later walk will tell. */
  | { readonly type: "moved"; readonly path: string }

export interface WalkOptions {
  readonly ignore: IgnorePatterns
  readonly signal?: AbortSignal | undefined
}

/**
 * Files below a folder, depth first, in the order of the bytes of their names. Hidden names and what the patterns name
 * are left out. Folders are listed through their descriptors, so that a link put in the place of one leads nowhere; no
 * file is opened. Throws `cancelled`.
 */
export async function* walk(root: string, options: WalkOptions, folder = ""): AsyncGenerator<Found> {
  throwIfAborted(options.signal)
  const listing = await list(root, folder)
  if ("type" in listing) {
    yield listing
    return
  }
  let { ignore } = options
  if (listing.hasIgnoreFile) {
    const text = await readIgnoreFile(root, folder === "" ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`)
    if (typeof text !== "string") {
      yield { ...text, path: folder }
      return
    }
    ignore = ignore.with(folder, text)
  }
  for (const { name, outcome } of listing.entries) {
    throwIfAborted(options.signal)
    const path = folder === "" ? name : `${folder}/${name}`
    if (!("stats" in outcome)) {
      if (!ignore.ignores(path, "file")) yield { ...outcome, path }
    } else if (outcome.stats.isDirectory()) {
      if (!ignore.ignores(path, "folder")) yield* walk(root, { ...options, ignore }, path)
    } else if (!ignore.ignores(path, "file")) {
      yield await describe(root, path, outcome.stats)
    }
  }
}

type Outcome =
  | { readonly stats: BigIntStats }
  | { readonly type: "failure"; readonly error: IbidError }
  | { readonly type: "moved" }

interface Listing {
  readonly entries: readonly { readonly name: string; readonly outcome: Outcome }[]
  readonly hasIgnoreFile: boolean
}

/** Enough to keep the threads that wait for the disk busy. */
const AT_ONCE = 64

async function list(root: string, folder: string): Promise<Listing | Extract<Found, { type: "failure" | "moved" }>> {
  const label = folder || root
  try {
    const opened = await openInside(root, folder, "folder")
    if (opened.type === "moved") return { type: "moved", path: folder }
    try {
      const all = await readdir(opened.descriptorPath)
      const names = all.filter((name) => !name.startsWith(".")).sort(byBytes)
      const entries: { name: string; outcome: Outcome }[] = []
      for (let start = 0; start < names.length; start += AT_ONCE) {
        const part = names.slice(start, start + AT_ONCE)
        const outcomes = await Promise.all(part.map((name) => look(opened.descriptorPath, name, folder)))
        entries.push(...part.map((name, place) => ({ name, outcome: outcomes[place] ?? { type: "moved" as const } })))
      }
      return { entries, hasIgnoreFile: all.includes(IGNORE_FILE) }
    } finally {
      await opened.handle.close()
    }
  } catch (thrown) {
    const error = readError(label, thrown)
    // It stood in the listing a moment ago, as a folder: now it is gone, or something else stands there.
    const isGone = folder !== "" && ["path-not-found", "outside-root"].includes(error.code)
    return isGone ? { type: "moved", path: folder } : { type: "failure", path: folder, error }
  }
}

async function look(descriptorPath: string, name: string, folder: string): Promise<Outcome> {
  const path = folder === "" ? name : `${folder}/${name}`
  try {
    return { stats: await lstat(join(descriptorPath, name), { bigint: true }) }
  } catch (thrown) {
    if (systemCodeOf(thrown) !== "ENOENT") return { type: "failure", error: readError(path, thrown) }
    if (!name.includes("\uFFFD")) return { type: "moved" }
    const message = `Cannot read ${JSON.stringify(path)}: its name is not valid UTF-8`
    return { type: "failure", error: new IbidError("path-not-found", message) }
  }
}

async function describe(root: string, path: string, stats: BigIntStats): Promise<Found> {
  if (stats.isFile()) return { type: "file", path, facts: factsOf(stats), names: Number(stats.nlink) }
  const skipped = (code: "outside-root" | "not-a-file", state: string): Found => ({
    ...{ type: "skipped", path },
    error: new IbidError(code, `Left out ${JSON.stringify(path)}: ${state}`),
  })
  if (!stats.isSymbolicLink()) return skipped("not-a-file", "it is not a regular file")
  try {
    // By its words alone: where it leads is not asked for, that could be a network folder that does not answer.
    const target = resolve(join(root, path, ".."), await readlink(join(root, path)))
    if (target.startsWith(`${root}/`)) return skipped("not-a-file", "it is a link to another place of the folder")
  } catch {
    return { type: "moved", path }
  }
  return skipped("outside-root", "it is a link that leads out of the folder")
}

const MOST_IGNORE_BYTES = 1024 * 1024

/** Where the patterns cannot be read the folder is not: it could hold what they were to leave out. */
async function readIgnoreFile(
  root: string,
  path: string,
): Promise<string | { readonly type: "failure"; readonly error: IbidError } | { readonly type: "moved" }> {
  try {
    const content = await readFileInside(root, path, { maxFileBytes: MOST_IGNORE_BYTES, settleMs: 0 })
    return content.type === "content" ? content.bytes.toString("utf8") : { type: "moved" }
  } catch (thrown) {
    const error = readError(path, thrown)
    if (error.code === "empty-file" || error.code === "path-not-found") return ""
    return { type: "failure", error }
  }
}

/** The same order on every machine, whatever its language. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
