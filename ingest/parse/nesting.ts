import { MAIL_TYPE, MBOX_TYPE, MSG_TYPE, PDF_TYPE, typeByName, ZIP_TYPE } from "../media-names.ts"
import * as office from "./office-types.ts"

/** Documents that files may lie in; one that holds them under another name gets an extension that says so. */
const HOLDERS: ReadonlySet<string> = new Set([
  ...[ZIP_TYPE, MAIL_TYPE, MSG_TYPE, MBOX_TYPE, PDF_TYPE],
  ...[office.DOCX_TYPE, office.PPTX_TYPE, office.XLSX_TYPE, office.XLSM_TYPE, office.XLSB_TYPE],
  ...[office.DOC_TYPE, office.PPT_TYPE, office.XLS_TYPE, office.ODT_TYPE, office.ODP_TYPE, office.ODS_TYPE],
  office.RTF_TYPE,
])
/** Those that may hold one of their own kind without end. A mailbox is a folder of mails, no level of its own. */
const CONTAINERS: ReadonlySet<string> = new Set([ZIP_TYPE, MAIL_TYPE, MSG_TYPE])

/** A workbook in a document in an archive in a mail is as far as it goes. */
const MOST_HOLDERS = 3
/** An archive in a mail, an archive in an archive, a mail in a mail; none of these in a third. */
const MOST_CONTAINERS = 2

export function holdsFiles(mediaType: string | undefined): boolean {
  return mediaType !== undefined && HOLDERS.has(mediaType)
}

/**
 * Whether a file of a type lies too deep below the document at `path` that holds it, so that no archive that contains
 * itself goes on for ever. What lies in a document has the document's path before its own name.
 */
export function isTooDeep(path: string, mediaType: string | undefined): boolean {
  const above = path.split("/").map(typeByName)
  const holders = above.slice(0, -1).filter(holdsFiles).length + 1
  if (holders > MOST_HOLDERS) return true
  if (mediaType === undefined || !CONTAINERS.has(mediaType)) return false
  return above.filter((type) => type !== undefined && CONTAINERS.has(type)).length >= MOST_CONTAINERS
}
