import { readdirSync, readFileSync } from "node:fs"
import { open, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { crc32 } from "node:zlib"
import { appendDurably, syncPath } from "./durable-files.ts"

/**
 * What LanceDB does not do: it never flushes a file (a power loss could take what SQL says is indexed), and has no
 * checksums (a changed byte is served as data, or ends the process: a garbled length in an index file made it allocate
 * 68 GB and abort). Its files never change once they are written, so each is flushed and its checksum kept after the
 * commit that wrote it, and before SQL relies on it.
 */
export interface Seal {
  /** Flushes and writes down what is new since the last call, forgets what is gone. */
  close(): Promise<void>
  /** Said before files are removed: until the next `close` a missing file is no damage. */
  expectRemovals(): Promise<void>
  /** Compares the files with their checksums: the ends, which hold the lengths, or all of each. */
  verify(extent: "ends" | "whole"): Promise<SealCheck>
  /** Forgets all, when the table was put aside. */
  remove(): Promise<void>
}

export interface SealCheck {
  /** Sealed files that are missing or changed, relative to the table's folder. */
  readonly damaged: readonly string[]
  /** Manifests of commits that were not sealed: the process ended before SQL knew of them. */
  readonly unsealedManifests: readonly string[]
}

interface SealedFile {
  readonly sizeBytes: number
  readonly ends: number
  readonly whole: number
}

/** A file of LanceDB ends with its tables of lengths and places. */
const END_BYTES = 64 * 1024
const READ_BYTES = 1024 * 1024
/** The list is written anew when so many of its lines say nothing any more. */
const MOST_SPENT_LINES = 2_000
const REMOVING = "removing"

/** `file`: the list of checksums; `folder`: that of the table. */
export function openSeal(file: string, folder: string): Seal {
  let known: Map<string, SealedFile> | undefined
  let isRemoving = false
  let lines = 0

  const load = (): Map<string, SealedFile> => {
    if (known !== undefined) return known
    const sealed = new Map<string, SealedFile>()
    for (const line of readLines(file)) {
      const entry = parse(line)
      lines++
      if (entry === undefined) continue // the last line of a write that was cut off
      if (entry === REMOVING) isRemoving = true
      else if (entry.sealed === null) sealed.delete(entry.path)
      else sealed.set(entry.path, entry.sealed)
      if (entry !== REMOVING) isRemoving = false
    }
    known = sealed
    return sealed
  }

  return {
    async close() {
      const sealed = load()
      const present = new Set(listFiles(folder))
      const news: string[] = []
      const folders = new Set<string>()
      for (const path of present) {
        if (sealed.has(path)) continue
        await syncPath(join(folder, path))
        folders.add(dirname(join(folder, path)))
        const checksums = await sumOf(join(folder, path), "whole")
        sealed.set(path, checksums)
        news.push(lineOf(path, checksums))
      }
      for (const path of [...sealed.keys()]) {
        if (present.has(path)) continue
        sealed.delete(path)
        news.push(lineOf(path, null))
      }
      for (const path of parents(folders, folder)) await syncPath(path)
      if (news.length === 0 && !isRemoving) return
      isRemoving = false
      lines += news.length
      if (lines - sealed.size <= MOST_SPENT_LINES && news.length > 0) return await appendDurably(file, news.join(""))
      await writeFile(`${file}.new`, "")
      await appendDurably(`${file}.new`, [...sealed].map(([path, checksums]) => lineOf(path, checksums)).join(""))
      await rename(`${file}.new`, file)
      await syncPath(dirname(file))
      lines = sealed.size
    },
    async expectRemovals() {
      load()
      isRemoving = true
      await appendDurably(file, `${JSON.stringify([REMOVING])}\n`)
    },
    async verify(extent) {
      const sealed = load()
      const damaged: string[] = []
      for (const [path, { sizeBytes, ...sums }] of sealed) {
        const found = await sumOf(join(folder, path), extent).catch(() => undefined)
        if (found === undefined && isRemoving) continue
        if (found?.sizeBytes !== sizeBytes || found[extent] !== sums[extent]) damaged.push(path)
      }
      const newest = [...sealed.keys()].filter(isManifest).sort()[0]
      const isUnsealed = (path: string) =>
        isManifest(path) && newest !== undefined && path < newest && !sealed.has(path)
      // While files are removed those of the last sealed version may be gone, and the newer one is the one that is left.
      return { damaged, unsealedManifests: isRemoving ? [] : listFiles(folder).filter(isUnsealed) }
    },
    async remove() {
      known = new Map()
      isRemoving = false
      lines = 0
      await rm(file, { force: true })
    },
  }
}

/** The name is the largest number minus the version, so that the newest comes first. */
function isManifest(path: string): boolean {
  return /^_versions\/\d{20}\.manifest$/.test(path)
}

/** All files below, but the one that is written anew with each commit and those that are being written. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "latest_version_hint.json" && !entry.name.includes("#"))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return []
    throw error
  }
}

/** The folders and those above them, up to the one that holds the table. */
function parents(folders: ReadonlySet<string>, table: string): Set<string> {
  const all = new Set<string>()
  const top = dirname(table)
  for (const folder of folders) {
    for (let path = folder; path.length >= top.length; path = dirname(path)) all.add(path)
  }
  return all
}

async function sumOf(path: string, extent: "ends" | "whole"): Promise<SealedFile> {
  const { size: sizeBytes } = await stat(path)
  const from = Math.max(0, sizeBytes - END_BYTES)
  const file = await open(path, "r")
  try {
    const ends = await sumRange(file, from, sizeBytes)
    const whole = extent === "whole" && from > 0 ? await sumRange(file, 0, sizeBytes) : ends
    return { sizeBytes, ends, whole }
  } finally {
    await file.close()
  }
}

async function sumRange(file: Awaited<ReturnType<typeof open>>, from: number, end: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, end - from)))
  let sum = 0
  for (let at = from; at < end; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at)
    if (bytesRead === 0) break
    sum = crc32(buffer.subarray(0, bytesRead), sum)
    at += bytesRead
  }
  return sum
}

function lineOf(path: string, sealed: SealedFile | null): string {
  const fields = sealed === null ? [path] : [path, sealed.sizeBytes, sealed.ends, sealed.whole]
  return `${JSON.stringify(["file", ...fields])}\n`
}

function parse(line: string): typeof REMOVING | { path: string; sealed: SealedFile | null } | undefined {
  try {
    const [kind, path, sizeBytes, ends, whole] = JSON.parse(line) as unknown[]
    if (kind === REMOVING) return REMOVING
    if (kind !== "file" || typeof path !== "string") return undefined
    if (sizeBytes === undefined) return { path, sealed: null }
    return { path, sealed: { sizeBytes: Number(sizeBytes), ends: Number(ends), whole: Number(whole) } }
  } catch {
    return undefined // not a line of ours: cut off, or damaged, and then a file will not match
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(0, -1)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return []
    throw error
  }
}
