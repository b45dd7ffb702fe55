import { IbidError } from "../../src/core/errors.ts"
import { isOutOfMemory } from "./failure.ts"
import type { EmbedContext, OfficePackage } from "./office-package.ts"
import { isOleContainer } from "./ole.ts"
import { readOleObject } from "./ole-object.ts"

/**
 * Hands over the files that stand in a folder of an Open Packaging container, such as `word/embeddings/`; one that is
 * damaged is named as refused, and the document around it is read all the same.
 */
export async function embedParts(
  office: OfficePackage,
  folder: string,
  path: string,
  context: EmbedContext,
): Promise<void> {
  const start = folder.toLowerCase()
  for (const { name: part, sizeBytes } of office.archive.entries) {
    if (!part.toLowerCase().startsWith(start) || /\.(?:rels|xml)$/i.test(part)) continue
    const name = part.slice(folder.length)
    try {
      const bytes = office.archive.read(part)
      if (bytes !== undefined) await embedObject({ name, bytes }, path, context)
    } catch (thrown) {
      if (!(thrown instanceof IbidError) || thrown.code === "archive-ratio") throw thrown
      context.refuse({ name, sizeBytes, code: thrown.code })
    }
  }
}

/**
 * Hands over an embedded object: a file as it is, the file within an OLE wrapper under the name that the wrapper states.
 * A wrapper without a file is named as refused. Throws as `ParseContext.embed` does.
 */
export async function embedObject(
  object: { readonly name: string; readonly bytes: Uint8Array },
  path: string,
  context: EmbedContext,
): Promise<void> {
  const { name, bytes } = object
  if (bytes.length === 0) return
  if (!isOleContainer(bytes)) return context.embed(object)
  try {
    const content = await readOleObject(bytes, path)
    const stem = name.replace(/\.[^./]*$/, "")
    if (content === undefined) context.refuse({ name, sizeBytes: bytes.length, code: "unsupported-type" })
    else context.embed({ name: content.name ?? `${stem}${content.extension}`, bytes: content.bytes })
  } catch (thrown) {
    if (isOutOfMemory(thrown) || !(thrown instanceof IbidError) || thrown.code !== "broken-file") throw thrown
    context.refuse({ name, sizeBytes: bytes.length, code: "broken-file" })
  }
}
