import type { Parser } from "../../src/core/ports.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { appendHtml } from "./html-walker.ts"
import { openOfficePackage } from "./office-package.ts"
import { createTextBuilder } from "./text-builder.ts"

/** Word documents: headings by style, lists, tables, foot- and endnotes. Pictures give their alternative text. */
export const docxParser: Parser = {
  mediaTypes: ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  extensions: [".docx"],
  async parse(bytes, file) {
    await openOfficePackage(bytes, file.path)
    const html = await toHtml(bytes, file.path)
    const builder = createTextBuilder()
    appendHtml(builder, html, file.path)
    return builder.finish({ title: builder.firstHeading })
  },
}

const STYLES = ["p[style-name='Title'] => h1:fresh"]

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
