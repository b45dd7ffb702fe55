import { EPUB_TYPE, extensionOf, MSG_TYPE, typeByName, ZIP_TYPE } from "./media-names.ts"
import { parseFailure } from "./parse/failure.ts"
import * as office from "./parse/office-types.ts"
import { oleRootNames } from "./parse/ole-directory.ts"
import { zipNames } from "./parse/zip.ts"

/**
 * What a ZIP archive is, by the names and the mark in it. Where its directory cannot be read, its name decides: the
 * parser says what is damaged. Throws `unsupported-type` for the formats that are archives and are not read.
 */
export function zipType(path: string, bytes: Uint8Array): string {
  const byName = typeByName(path)
  const listed = zipNames(bytes)
  if (listed === undefined) return byName !== undefined && ZIP_BASED.has(byName) ? byName : ZIP_TYPE
  const names = new Set(listed.map((name) => name.replaceAll("\\", "/").toLowerCase()))
  const mark = zipMark(bytes)
  if (mark !== undefined) {
    const known = MARKS.get(mark.replace(/-template$/, ""))
    if (known !== undefined) return known
    if (mark.startsWith("application/vnd.")) throw parseFailure("unsupported-type", path)
  }
  const packaged = packagedType(names)
  if (packaged !== undefined) return packaged
  const isPackage = names.has("[content_types].xml")
  if (isPackage && byName !== undefined && ZIP_BASED.has(byName)) return byName
  if (names.has("meta-inf/container.xml")) return EPUB_TYPE
  if (names.has("meta-inf/manifest.xml") && names.has("content.xml")) {
    if (byName !== undefined && ODF.has(byName)) return byName
    throw parseFailure("unsupported-type", path)
  }
  const isProgram =
    isPackage || names.has("androidmanifest.xml") || listed.some((name) => /\.(?:iwa|class)$/i.test(name))
  if (isProgram || IWORK.has(extensionOf(path))) throw parseFailure("unsupported-type", path)
  return ZIP_TYPE
}

/** What an OLE container is, by its streams. Throws `encrypted`, `unsupported-type`, `broken-file`. */
export function oleType(path: string, bytes: Uint8Array): string {
  const byName = typeByName(path)
  const listed = oleRootNames(bytes)
  if (listed === undefined || listed.length === 0) {
    if (byName !== undefined && OLE_BASED.has(byName)) return byName
    throw parseFailure("broken-file", path)
  }
  const names = new Set(listed.map((name) => name.toLowerCase()))
  if (names.has("encryptedpackage")) throw parseFailure("encrypted", path)
  for (const [name, type] of OLE_STREAMS) if (names.has(name)) return type
  if (listed.some((name) => /^__(?:substg1\.0_|properties_version)/i.test(name))) return MSG_TYPE
  throw parseFailure("unsupported-type", path)
}

const ZIP_BASED: ReadonlySet<string> = new Set([
  office.DOCX_TYPE,
  office.PPTX_TYPE,
  office.XLSX_TYPE,
  office.XLSM_TYPE,
  office.XLSB_TYPE,
  office.ODT_TYPE,
  office.ODP_TYPE,
  office.ODS_TYPE,
  EPUB_TYPE,
])
const ODF: ReadonlySet<string> = new Set([office.ODT_TYPE, office.ODP_TYPE, office.ODS_TYPE])
const OLE_BASED: ReadonlySet<string> = new Set([office.DOC_TYPE, office.XLS_TYPE, office.PPT_TYPE, MSG_TYPE])
const IWORK: ReadonlySet<string> = new Set([".pages", ".numbers", ".key"])
const MARKS: ReadonlyMap<string, string> = new Map([...ODF, EPUB_TYPE].map((type) => [type, type]))
const OLE_STREAMS: ReadonlyMap<string, string> = new Map([
  ["worddocument", office.DOC_TYPE],
  ["workbook", office.XLS_TYPE],
  ["book", office.XLS_TYPE],
  ["powerpoint document", office.PPT_TYPE],
])

/** The kinds of Office Open XML, by their main part or by the folder that it stands in. */
function packagedType(names: ReadonlySet<string>): string | undefined {
  const has = (part: string, folder: string): boolean => {
    if (names.has(`${folder}/${part}`)) return true
    return names.has("[content_types].xml") && [...names].some((name) => name.startsWith(`${folder}/`))
  }
  if (has("document.xml", "word")) return office.DOCX_TYPE
  if (names.has("xl/workbook.bin")) return office.XLSB_TYPE
  if (has("workbook.xml", "xl")) return names.has("xl/vbaproject.bin") ? office.XLSM_TYPE : office.XLSX_TYPE
  if (has("presentation.xml", "ppt")) return office.PPTX_TYPE
  return undefined
}

/** Content of the entry `mimetype`, which OpenDocument and EPUB put first and do not compress. */
function zipMark(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024))
  if (head.length < 38 || head.readUInt16LE(26) !== 8 || head.toString("latin1", 30, 38) !== "mimetype")
    return undefined
  const start = 38 + head.readUInt16LE(28)
  const isStored = head.readUInt16LE(8) === 0
  return isStored ? /^application\/[a-z0-9.+-]{1,80}/.exec(head.toString("latin1", start))?.[0] : undefined
}
