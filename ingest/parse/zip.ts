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
