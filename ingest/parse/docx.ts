import type { Parser } from "../../src/core/ports.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { appendHtml } from "./html-walker.ts"
import { holdsEncryptedPackage, isOleContainer } from "./ole.ts"
import { createTextBuilder } from "./text-builder.ts"
import { type ZipEntry, zipEntries } from "./zip.ts"

/** Word documents: headings by style, lists, tables, foot- and endnotes. Pictures give their alternative text. */
export const docxParser: Parser = {
  mediaTypes: ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  extensions: [".docx"],
  async parse(bytes, file) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    if (isOleContainer(bytes)) throw parseFailure(holdsEncryptedPackage(bytes) ? "encrypted" : "broken-file", file.path)
    await checkArchive(bytes, file.path)
    const html = await toHtml(bytes, file.path)
    const builder = createTextBuilder()
    appendHtml(builder, html, file.path)
    return builder.finish({ title: builder.firstHeading })
  },
}

// Word's XML shrinks to about a tenth; a hundredth, in size, is a bomb. Pictures are never unpacked.
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024
const MAX_RATIO = 200
const SMALL_PART_BYTES = 16 * 1024 * 1024
const STYLES = ["p[style-name='Title'] => h1:fresh"]

async function checkArchive(bytes: Uint8Array, path: string): Promise<void> {
  let entries: readonly ZipEntry[]
  try {
    entries = await zipEntries(bytes)
  } catch (cause) {
    throw parseFailure("broken-file", path, { cause })
  }
  if (entries.some((entry) => entry.isEncrypted)) throw parseFailure("encrypted", path)
  const parts = entries.filter((entry) => /\.(?:xml|rels)$/i.test(entry.name))
  const unpackedBytes = parts.reduce((sum, entry) => sum + entry.sizeBytes, 0)
  const isBomb = parts.some(
    (entry) => entry.sizeBytes > SMALL_PART_BYTES && entry.sizeBytes > entry.compressedBytes * MAX_RATIO,
  )
  if (unpackedBytes > MAX_UNPACKED_BYTES || isBomb) {
    throw parseFailure("file-too-large", path, { state: "it unpacks to too much" })
  }
}

async function toHtml(bytes: Uint8Array, path: string): Promise<string> {
  const { default: mammoth } = await import("mammoth")
  try {
    const result = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) },
      {
        styleMap: STYLES,
        externalFileAccess: false,
        // The alternative text is added by mammoth; the picture itself is not read.
        convertImage: mammoth.images.imgElement(async () => ({ src: "" })),
      },
    )
    return result.value
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    throw parseFailure("broken-file", path, { cause })
  }
}
