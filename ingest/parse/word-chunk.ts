import type { ParseContext } from "../../src/core/ports.ts"
import { decodeInto } from "./decode.ts"
import { appendHtml } from "./html-walker.ts"
import { type OfficePackage, type Relation, relationOf } from "./office-package.ts"
import { appendPlainText } from "./text.ts"
import type { TextBuilder } from "./text-builder.ts"
import type { XmlNode } from "./xml.ts"

interface ChunkReading {
  readonly builder: TextBuilder
  readonly office: OfficePackage
  readonly path: string
  readonly context: ParseContext | undefined
  readonly relations: readonly Relation[]
}

/**
 * Appends a part in another format that a Word document takes in (`w:altChunk`): web pages and plain text where they
 * stand; other formats are handed over as embedded files.
 */
export function appendChunk(node: XmlNode, reading: ChunkReading): void {
  const { office, path, builder, context } = reading
  const part = relationOf(node, reading.relations)?.target
  const bytes = part === undefined ? undefined : office.archive.read(part)
  if (part === undefined || bytes === undefined || bytes.length === 0) return
  if (/\.x?html?$/i.test(part)) appendHtml(builder, decodeInto(builder, bytes, { path }), path)
  else if (/\.txt$/i.test(part)) appendPlainText(builder, decodeInto(builder, bytes, { path }))
  else context?.embed({ name: part.slice(part.lastIndexOf("/") + 1), bytes })
}
