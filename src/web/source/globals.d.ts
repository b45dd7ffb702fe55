/** Set by `vite-pdf-files.ts`. */
declare const __PDFJS_VERSION__: string
