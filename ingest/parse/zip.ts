import yauzl from "yauzl"

export interface ZipEntry {
  readonly name: string
  /** As the archive states it; yauzl refuses to read more. */
  readonly sizeBytes: number
  readonly compressedBytes: number
  readonly isEncrypted: boolean
}

/** Entries of the archive's directory, in order. Throws what yauzl throws where it is no sound archive. */
export async function zipEntries(archive: string | Uint8Array): Promise<readonly ZipEntry[]> {
  const zip = await open(archive)
  return await new Promise((resolve, reject) => {
    const entries: ZipEntry[] = []
    zip.on("entry", (entry: yauzl.Entry) => {
      entries.push({
        name: entry.fileName,
        sizeBytes: entry.uncompressedSize,
        compressedBytes: entry.compressedSize,
        isEncrypted: (entry.generalPurposeBitFlag & 1) === 1,
      })
      zip.readEntry()
    })
    zip.on("end", () => {
      zip.close()
      resolve(entries)
    })
    zip.on("error", (error: Error) => {
      zip.close()
      reject(error)
    })
    zip.readEntry()
  })
}

/**
 * Names in the archive's directory, read without unpacking or waiting; undefined where there is no directory. Enough
 * to tell one kind of archive from another; whoever unpacks asks `zipEntries`.
 */
export function zipNames(bytes: Uint8Array): readonly string[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The end record stands at the very end, before a comment of at most 64 KB.
  const end = buffer.lastIndexOf(END_MARK)
  if (end < 0 || end + 22 > buffer.length) return undefined
  const names: string[] = []
  let at = buffer.readUInt32LE(end + 16)
  while (at + 46 <= end && buffer.readUInt32LE(at) === ENTRY_MARK && names.length < MAX_NAMES) {
    const nameLength = buffer.readUInt16LE(at + 28)
    names.push(buffer.toString("utf8", at + 46, at + 46 + nameLength))
    at += 46 + nameLength + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32)
  }
  return names
}

const END_MARK = Buffer.from("PK\u0005\u0006", "latin1")
const ENTRY_MARK = 0x02014b50
const MAX_NAMES = 10_000

async function open(archive: string | Uint8Array): Promise<yauzl.ZipFile> {
  const options = { lazyEntries: true, autoClose: false } as const
  return await new Promise((resolve, reject) => {
    const opened = (error: Error | null, zip?: yauzl.ZipFile): void => {
      if (zip === undefined) reject(error ?? new Error("no archive"))
      else resolve(zip)
    }
    if (typeof archive === "string") yauzl.open(archive, options, opened)
    else yauzl.fromBuffer(Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength), options, opened)
  })
}
