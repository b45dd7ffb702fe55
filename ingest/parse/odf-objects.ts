import { IbidError } from "../../src/core/errors.ts"
import { embedObject } from "./embedded-parts.ts"
import type { OpenDocument } from "./odf.ts"
import type { EmbedContext } from "./office-package.ts"
import { elements, parseXml, textContent } from "./xml.ts"
import { storedZip } from "./zip-write.ts"

interface OdfChart {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Titles and values of the chart that an object of a document is; undefined for other objects. */
export function chartOf(document: OpenDocument, href: string, path: string): OdfChart | undefined {
  const folder = folderOf(href)
  if (document.mediaTypes.get(folder) !== CHART_TYPE) return undefined
  const content = document.text(`${folder}content.xml`)
  if (content === undefined) return undefined
  const root = parseXml(content, path)
  const lines = (name: string): string[] =>
    elements(root, name)
      .map((node) => elements(node, "p").map(textContent).join(" ").trim())
      .filter((text) => text !== "")
  const rows = elements(root, "table-row").map((row) =>
    elements(row, "table-cell").map((cell) => elements(cell, "p").map(textContent).join(" ")),
  )
  // Axes have titles too; all of them are `chart:title` or `chart:subtitle`.
  return { titles: [...lines("title"), ...lines("subtitle")], rows }
}

/**
 * Hands over the documents within a document, each as a package of its own, and objects of other programs. Charts and
 * formulas are part of the document; pictures of objects are left out.
 */
export async function embedOdfObjects(document: OpenDocument, path: string, context: EmbedContext): Promise<void> {
  const archive = document.archive
  if (archive === undefined) return
  for (const [folder, type] of document.mediaTypes) {
    const extension = EXTENSIONS.get(type)
    if (extension === undefined || !folder.endsWith("/") || folder === "/") continue
    const parts = new Map<string, Uint8Array>([["mimetype", Buffer.from(type)]])
    for (const { name } of archive.entries) {
      const content =
        name.startsWith(folder) && !/\.(?:png|jpe?g|gif|svm|wmf|emf)$/i.test(name) ? archive.read(name) : undefined
      if (content !== undefined && name !== `${folder}mimetype`) parts.set(name.slice(folder.length), content)
    }
    if (parts.has("content.xml")) context.embed({ name: `${folder.slice(0, -1)}${extension}`, bytes: storedZip(parts) })
  }
  for (const { name, sizeBytes } of archive.entries) {
    if (document.mediaTypes.get(name) !== OLE_TYPE) continue
    try {
      const bytes = archive.read(name)
      if (bytes !== undefined) await embedObject({ name, bytes }, path, context)
    } catch (thrown) {
      if (!(thrown instanceof IbidError) || thrown.code === "archive-ratio") throw thrown
      context.refuse({ name, sizeBytes, code: thrown.code })
    }
  }
}

const CHART_TYPE = "application/vnd.oasis.opendocument.chart"
const OLE_TYPE = "application/vnd.sun.star.oleobject"
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["application/vnd.oasis.opendocument.text", ".odt"],
  ["application/vnd.oasis.opendocument.spreadsheet", ".ods"],
  ["application/vnd.oasis.opendocument.presentation", ".odp"],
])

/** `./Object 1` names a folder of the package. */
function folderOf(href: string): string {
  return `${href.replace(/^\.\//, "").replace(/\/$/, "")}/`
}
