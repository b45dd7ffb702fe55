import type { ParseContext, Parser } from "../../src/core/ports.ts"
import { ZIP_TYPE } from "../media-names.ts"
import { createTextBuilder } from "./text-builder.ts"
import { openZip, type ZipEntry } from "./zip.ts"

/**
 * A ZIP archive as a folder: its text is the list of what lies in it, so that it is found by the names, and each entry
 * becomes a document below it. Everything is refused where the directory is (`openZip`).
 */
export const archiveParser: Parser = {
  mediaTypes: [ZIP_TYPE],
  extensions: [".zip"],
  async parse(bytes, file, context) {
    const archive = await openZip(bytes, file.path)
    const builder = createTextBuilder()
    for (const entry of archive.entries) {
      if (isLitter(entry.name)) continue
      builder.listItem(entry.name)
      if (context !== undefined) handOver(entry, archive.read(entry.name), context)
    }
    return builder.finish({ title: null })
  },
}

function handOver(entry: ZipEntry, content: Buffer | undefined, context: ParseContext): void {
  const { name, sizeBytes, modifiedAt } = entry
  if (content === undefined || content.length === 0) context.refuse({ name, sizeBytes, code: "empty-file" })
  else context.embed({ name, bytes: content, ...(modifiedAt >= FIRST_DATE && { modifiedAt }) })
}

/** The format counts from 1980; what lies before is a date that was never set. */
const FIRST_DATE = Date.UTC(1980, 0, 1)

/** What file managers leave in every archive, for themselves. */
function isLitter(name: string): boolean {
  return /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i.test(name)
}
