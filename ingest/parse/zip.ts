import { crc32, inflateRawSync } from "node:zlib"
import yauzl from "yauzl"
import { parseFailure } from "./failure.ts"

export interface ZipEntry {
  readonly name: string
  /** As the archive states it; `read` refuses what turns out to be more or less. */
  readonly sizeBytes: number
  readonly compressedBytes: number
  /** Milliseconds since 1970 (UTC). */
  readonly modifiedAt: number
}

export interface ZipArchive {
  /** In the order of the directory, without folders. */
  readonly entries: readonly ZipEntry[]
  has(name: string): boolean
  /** Content of an entry; undefined where there is none of that name. Throws `archive-corrupt`. */
  read(name: string): Buffer | undefined
}

interface ZipOptions {
  /** Entries that will be unpacked: those count for the limits of size. Default: all. */
  readonly isRead?: (name: string) => boolean
  /** Entries that may shrink to less than a hundredth, because the caller counts what they hold. Default: none. */
  readonly isCounted?: (name: string) => boolean
}

const MOST_ENTRIES = 10_000
const MOST_BYTES = 200 * 1024 * 1024
/** XML of office documents shrinks to a tenth, seldom to a thirtieth; below 1 MB nothing is won by a bomb. */
const MOST_RATIO = 100
const SMALL_ENTRY_BYTES = 1024 * 1024

/**
 * Opens an archive after its directory has passed all limits; nothing is unpacked before. Throws `broken-file` where it
 * is no archive, `archive-corrupt`, `archive-entry` (too many, a name that leaves the archive, two of one name),
 * `archive-ratio`, `encrypted`.
 */
export async function openZip(bytes: Uint8Array, path: string, options: ZipOptions = {}): Promise<ZipArchive> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const directory = await readDirectory(withoutTail(buffer), path)
  if (directory.some((entry) => entry.isEncrypted())) throw parseFailure("encrypted", path)
  checkNames(directory, path)
  checkSizes(directory, path, options)
  const byName = new Map(directory.map((entry) => [entry.fileName, entry]))
  return {
    entries: directory.filter(({ fileName }) => !fileName.endsWith("/")).map(described),
    has: (name) => byName.has(name),
    read(name) {
      const entry = byName.get(name)
      return entry === undefined ? undefined : unpack(buffer, entry, path)
    },
  }
}

/** Office documents: everything but pictures, sounds and films, which no parser unpacks. */
export function isOfficePart(name: string): boolean {
  return !/(?:^|\/)media\/|\.(?:png|jpe?g|gif|bmp|emf|wmf|emz|wmz|tiff?|svm|wav|mp[34]|m4[av]|avi|wmv|mov|odttf)$/i.test(
    name,
  )
}

/**
 * Names in the archive's directory, read without unpacking or waiting; undefined where there is no directory. Enough
 * to tell one kind of archive from another; whoever unpacks asks `openZip`.
 */
export function zipNames(bytes: Uint8Array): readonly string[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The end record stands at the very end, before a comment of at most 64 KB.
  const end = buffer.lastIndexOf(END_MARK)
  if (end < 0 || end + END_BYTES > buffer.length) return undefined
  const names: string[] = []
  let at = buffer.readUInt32LE(end + 16)
  while (at + 46 <= end && buffer.readUInt32LE(at) === ENTRY_MARK && names.length < MOST_ENTRIES) {
    const nameLength = buffer.readUInt16LE(at + 28)
    names.push(buffer.toString("utf8", at + 46, at + 46 + nameLength))
    at += 46 + nameLength + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32)
  }
  return names
}

const END_MARK = Buffer.from("PK\u0005\u0006", "latin1")
const END_BYTES = 22
const ENTRY_MARK = 0x02014b50
const LOCAL_MARK = 0x04034b50
const LOCAL_BYTES = 30

/** Bytes behind the end record, which transfers add and yauzl refuses, are cut off. */
function withoutTail(buffer: Buffer): Buffer {
  const end = buffer.lastIndexOf(END_MARK)
  if (end < 0 || end + END_BYTES > buffer.length) return buffer
  return buffer.subarray(0, end + END_BYTES + buffer.readUInt16LE(end + 20))
}

async function readDirectory(buffer: Buffer, path: string): Promise<readonly yauzl.Entry[]> {
  try {
    const zip = await yauzl.fromBufferPromise(buffer, { strictFileNames: true })
    if (zip.entryCount > MOST_ENTRIES) throw parseFailure("archive-entry", path, { state: "it holds too many entries" })
    const entries: yauzl.Entry[] = []
    for await (const entry of zip.eachEntry()) entries.push(entry)
    return entries
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ""
    if (/strong encryption/.test(reason)) throw parseFailure("encrypted", path, { cause })
    if (/invalid characters in fileName|absolute path|invalid relative path/.test(reason)) {
      throw parseFailure("archive-entry", path, { cause })
    }
    if (cause instanceof Error && "code" in cause && cause.code === "archive-entry") throw cause
    throw parseFailure(beginsAsArchive(buffer) ? "archive-corrupt" : "broken-file", path, { cause })
  }
}

/** A first entry whose header and name are whole: the archive was one before it was damaged. */
function beginsAsArchive(buffer: Buffer): boolean {
  if (buffer.includes(END_MARK)) return true
  if (buffer.length < LOCAL_BYTES || buffer.readUInt32LE(0) !== LOCAL_MARK) return false
  const method = buffer.readUInt16LE(8)
  return method <= 99 && LOCAL_BYTES + buffer.readUInt16LE(26) <= buffer.length
}

function checkNames(entries: readonly yauzl.Entry[], path: string): void {
  const names = new Set<string>()
  for (const { fileName } of entries) {
    if (fileName.includes("\0") || names.has(fileName)) throw parseFailure("archive-entry", path)
    names.add(fileName)
  }
}

function checkSizes(entries: readonly yauzl.Entry[], path: string, options: ZipOptions): void {
  let sizeBytes = 0
  for (const { fileName, uncompressedSize, compressedSize } of entries) {
    if (options.isRead?.(fileName) === false) continue
    sizeBytes += uncompressedSize
    const isBomb = uncompressedSize > SMALL_ENTRY_BYTES && uncompressedSize > compressedSize * MOST_RATIO
    if (sizeBytes > MOST_BYTES || (isBomb && options.isCounted?.(fileName) !== true)) {
      throw parseFailure("archive-ratio", path)
    }
  }
}

function described(entry: yauzl.Entry): ZipEntry {
  return {
    name: entry.fileName,
    sizeBytes: entry.uncompressedSize,
    compressedBytes: entry.compressedSize,
    modifiedAt: entry.getLastModDate({ timezone: "UTC" }).getTime(),
  }
}

function unpack(buffer: Buffer, entry: yauzl.Entry, path: string): Buffer {
  const header = entry.relativeOffsetOfLocalHeader
  if (header + LOCAL_BYTES > buffer.length || buffer.readUInt32LE(header) !== LOCAL_MARK) {
    throw parseFailure("archive-corrupt", path)
  }
  const start = header + LOCAL_BYTES + buffer.readUInt16LE(header + 26) + buffer.readUInt16LE(header + 28)
  const end = start + entry.compressedSize
  if (end > buffer.length) throw parseFailure("archive-corrupt", path)
  const content = inflate(buffer.subarray(start, end), entry, path)
  if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) {
    throw parseFailure("archive-corrupt", path)
  }
  return content
}

function inflate(packed: Buffer, entry: yauzl.Entry, path: string): Buffer {
  if (entry.compressionMethod === 0) return packed
  if (entry.compressionMethod !== 8) {
    throw parseFailure("archive-corrupt", path, { state: "it is compressed in a way that is not supported" })
  }
  try {
    // Inflating ends one byte past the stated size, so that a lie is seen before it costs memory.
    return inflateRawSync(packed, { maxOutputLength: entry.uncompressedSize + 1 })
  } catch (cause) {
    throw parseFailure("archive-corrupt", path, { cause })
  }
}
