import type { PDFDocumentProxy } from "pdfjs-dist"
import { useEffect, useState } from "react"
import { openPdf } from "./open-pdf.ts"

export type OpenedPdf =
  | { readonly status: "opening" }
  | { readonly status: "open"; readonly pdf: PDFDocumentProxy }
  | { readonly status: "failed"; readonly error: unknown }

/** A PDF for as long as the view stands; its worker ends with it. */
export function usePdf(bytes: ArrayBuffer | undefined): OpenedPdf {
  const [opened, setOpened] = useState<OpenedPdf>({ status: "opening" })
  useEffect(() => {
    if (bytes === undefined) return
    let isGone = false
    let pdf: PDFDocumentProxy | undefined
    const close = () => void pdf?.loadingTask.destroy()
    setOpened({ status: "opening" })
    openPdf(bytes.slice(0)).then(
      (document) => {
        pdf = document
        if (isGone) close()
        else setOpened({ status: "open", pdf: document })
      },
      (error: unknown) => {
        if (!isGone) setOpened({ status: "failed", error })
      },
    )
    return () => {
      isGone = true
      close()
    }
  }, [bytes])
  return opened
}
