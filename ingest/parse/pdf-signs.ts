import { constants, inflateSync } from "node:zlib"

/** What the raw file says that text extraction does not; each sign makes a costlier look worth it. */
export interface PdfSigns {
  /** Some text may be invisible: drawn without ink, in white or fully transparent. */
  readonly mayHideText: boolean
  /** Some page may carry comments. */
  readonly mayHaveComments: boolean
}

/**
 * Looks through the streams of a file for signs, by unpacking what may be page content; an encrypted file cannot be
 * looked through, and shows every sign. Unpacks at most 64 MB.
 */
export function pdfSigns(bytes: Uint8Array): PdfSigns {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (file.includes("/Encrypt")) return { mayHideText: true, mayHaveComments: true }
  let mayHideText = false
  let mayHaveComments = COMMENT.test(file.toString("latin1", Math.max(0, file.length - 0)))
  let budget = MOST_UNPACKED
  for (const { dictionary, start, end } of streams(file)) {
    if (budget <= 0) return { mayHideText: true, mayHaveComments: true }
    const isObjects = dictionary.includes("/ObjStm")
    if (isObjects ? mayHaveComments : mayHideText || NO_CONTENT.test(dictionary)) continue
    const content = unpack(file.subarray(start, end), dictionary, budget)
    budget -= content.length
    if (isObjects) mayHaveComments ||= COMMENT.test(content.toString("latin1"))
    else mayHideText ||= hidesText(content)
    if (mayHideText && mayHaveComments) break
  }
  return { mayHideText, mayHaveComments }
}
