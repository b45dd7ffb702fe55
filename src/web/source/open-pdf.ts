import type { PDFDocumentProxy } from "pdfjs-dist"

/**
 * Opens a PDF with pdf.js, which is loaded for the first one, in a worker of its own. Nothing of the file is evaluated
 * or fetched. The bytes are taken over. Throws what pdf.js throws for files that it cannot read.
 */
export async function openPdf(bytes: ArrayBuffer): Promise<PDFDocumentProxy> {
  const [pdfjs, worker] = await Promise.all([import("pdfjs-dist"), import("pdfjs-dist/build/pdf.worker.min.mjs?url")])
  // What it asks for by name: tables of characters, the fonts that every reader has, a decoder (`vite-pdf-files.ts`).
  const files = `/assets/pdfjs-${pdfjs.version}/`
  pdfjs.GlobalWorkerOptions.workerSrc = worker.default
  return await pdfjs.getDocument({
    data: bytes,
    isEvalSupported: false,
    enableXfa: false,
    // The policy of the page lets no WebAssembly run; the decoder's plain form takes its place.
    useWasm: false,
    wasmUrl: `${files}wasm/`,
    cMapUrl: `${files}cmaps/`,
    standardFontDataUrl: `${files}standard_fonts/`,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  }).promise
}
