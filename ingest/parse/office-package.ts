import type { ParseContext } from "../../src/core/ports.ts"
import { parseFailure } from "./failure.ts"
import { holdsEncryptedPackage, isOleContainer } from "./ole.ts"
import { decodeXml, parseXml, prefixedAttribute, type XmlNode } from "./xml.ts"
import { isOfficePart, openZip, type ZipArchive } from "./zip.ts"

interface Relation {
  readonly id: string
  /** The last word of the type's address: `slide`, `notesSlide`, `chart`. */
  readonly type: string
  /** Name of the part in the archive. */
  readonly target: string
}

/** An Open Packaging container: DOCX, PPTX, XLSX. */
export interface OfficePackage {
  readonly archive: ZipArchive
  /** Text of an XML part; undefined where it is missing. */
  text(part: string): string | undefined
  /** Tree of an XML part; undefined where it is missing. Throws as `parseXml` does. */
  xml(part: string): XmlNode | undefined
  /** What a part refers to within the package, in order; what lies outside is never opened. */
  relations(part: string): readonly Relation[]
}

/**
 * Opens a document of Office since 2007. Throws `encrypted` where a password protects it, else as `openZip` does.
 * `isCounted` as in `openZip`.
 */
export async function openOfficePackage(
  bytes: Uint8Array,
  path: string,
  isCounted?: (name: string) => boolean,
): Promise<OfficePackage> {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  if (isOleContainer(bytes)) throw parseFailure(holdsEncryptedPackage(bytes) ? "encrypted" : "broken-file", path)
  const archive = await openZip(bytes, path, { isRead: isOfficePart, ...(isCounted && { isCounted }) })
  // Part names are equal but for the case; some writers do not keep to one.
  const names = new Map(archive.entries.map(({ name }) => [name.toLowerCase(), name]))
  const text = (part: string): string | undefined => {
    const content = archive.read(names.get(part.toLowerCase()) ?? part)
    return content === undefined ? undefined : decodeXml(content)
  }
  const xml = (part: string): XmlNode | undefined => {
    const content = text(part)
    return content === undefined ? undefined : parseXml(content, path)
  }
  return {
    archive,
    text,
    xml,
    relations(part) {
      const slash = part.lastIndexOf("/")
      const root = xml(`${part.slice(0, slash + 1)}_rels/${part.slice(slash + 1)}.rels`)
      return (root?.children ?? []).flatMap((child) => {
        if (typeof child === "string" || child.attributes["TargetMode"] === "External") return []
        const { Id: id, Type: type, Target: target } = child.attributes
        if (id === undefined || type === undefined || target === undefined) return []
        const name = resolvePart(part, target)
        return [{ id, type: type.slice(type.lastIndexOf("/") + 1), target: names.get(name.toLowerCase()) ?? name }]
      })
    },
  }
}

/** The part that an element names by its `r:id`. */
export function relationOf(node: XmlNode, relations: readonly Relation[], name = "id"): Relation | undefined {
  const id = prefixedAttribute(node.attributes, name)
  return relations.find((relation) => relation.id === id)
}

export type { Relation }
export type EmbedContext = Pick<ParseContext, "embed" | "refuse">

/** A target is relative to the folder of the part that names it, or begins at the root of the package. */
function resolvePart(part: string, target: string): string {
  const from = target.startsWith("/") ? [] : part.split("/").slice(0, -1)
  const parts: string[] = from
  for (const step of target.split("/")) {
    if (step === "..") parts.pop()
    else if (step !== "" && step !== ".") parts.push(step)
  }
  return parts.join("/")
}
