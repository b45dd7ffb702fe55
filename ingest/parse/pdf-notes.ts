import type { ParseContext } from "../../src/core/ports.ts"
import { isOutOfMemory } from "./failure.ts"
import type { PdfAnnotation, PdfAttachment, PdfDocument, PdfPage } from "./pdf-open.ts"

export interface PageNotes {
  /** Values of form fields and comments, in the order of the file. */
  readonly texts: readonly string[]
  readonly files: readonly PdfAttachment[]
}

/** Flags of an annotation that is not shown: Hidden and NoView, ISO 32000-1 table 165. */
const UNSEEN = 0b10_0010

/** What stands on a page as annotations: filled-in fields with their labels, comments, attached files. */
export async function pageNotes(page: PdfPage): Promise<PageNotes> {
  const texts = new Set<string>()
  const files: PdfAttachment[] = []
  for (const annotation of await page.getAnnotations({ intent: "any" })) {
    if (annotation.hidden === true || ((annotation.annotationFlags ?? 0) & UNSEEN) !== 0) continue
    if (annotation.file?.content) files.push(annotation.file)
    const text = annotation.subtype === "Widget" ? fieldText(annotation) : commentText(annotation)
    if (text !== "") texts.add(text)
  }
  return { texts: [...texts], files }
}

/** Hands the attached files of the whole document over. Damaged ones are none. */
export async function embedAttachments(pdf: PdfDocument, context: ParseContext | undefined): Promise<void> {
  if (context === undefined) return
  const attachments = await pdf.getAttachments().catch((thrown: unknown) => {
    if (isOutOfMemory(thrown)) throw thrown
    return null
  })
  embedFiles(Object.values(attachments ?? {}), context)
}

export function embedFiles(files: readonly PdfAttachment[], context: ParseContext | undefined): void {
  for (const { filename = "", content } of files) {
    if (content) context?.embed({ name: filename, bytes: content })
  }
}

function fieldText({ fieldType, fieldValue, exportValue, alternativeText = "", ...field }: PdfAnnotation): string {
  const label = alternativeText.trim()
  if (fieldType === "Btn") {
    const isOn = field.checkBox === true || field.radioButton === true
    const value = field.radioButton === true ? field.buttonValue : exportValue
    const isSet = isOn && typeof fieldValue === "string" && fieldValue !== "Off" && fieldValue === value
    return isSet && label !== "" ? `☒ ${label}` : ""
  }
  if (fieldType === "Sig") return ""
  const values = (Array.isArray(fieldValue) ? fieldValue : [fieldValue]).filter(
    (value): value is string => typeof value === "string" && value.trim() !== "",
  )
  if (values.length === 0) return ""
  return label === "" ? values.join(", ") : `${label}: ${values.join(", ")}`
}

/** The window of a comment repeats it. */
function commentText({ subtype, contentsObj }: PdfAnnotation): string {
  return subtype === "Popup" || subtype === "Link" ? "" : (contentsObj?.str ?? "").trim()
}
