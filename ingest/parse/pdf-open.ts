import { join } from "node:path"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { pdfEngine } from "./pdf-engine.ts"
import type { PdfTextItem } from "./pdf-lines.ts"
import type { PdfOperatorList } from "./pdfjs-drawing.ts"

/** The part of pdf.js that is used here; pdf-parse hands it out, so that one copy of pdf.js lives in the process. */
export interface PdfDocument {
  readonly numPages: number
  readonly canvasFactory: CanvasFactory
  getPage(number: number): Promise<PdfPage>
  getPageIndex(reference: object): Promise<number>
  getPageLabels(): Promise<readonly string[] | null>
  getOutline(): Promise<readonly PdfOutlineItem[] | null>
  getDestination(name: string): Promise<readonly unknown[] | null>
  getAttachments(): Promise<Readonly<Record<string, PdfAttachment>> | null>
  getMetadata(): Promise<{ readonly info: unknown }>
  destroy(): Promise<void>
}

export interface PdfPage {
  /** Left, bottom, right, top in points. */
  readonly view: readonly number[]
  /** Clockwise: 0, 90, 180, 270. */
  readonly rotate: number
  getTextContent(options: object): Promise<PdfTextContent>
  getOperatorList(options?: object): Promise<PdfOperatorList>
  getAnnotations(options?: object): Promise<readonly PdfAnnotation[]>
  getViewport(options: { readonly scale: number }): { readonly width: number; readonly height: number }
  render(options: object): { readonly promise: Promise<void> }
  cleanup(): void
}

export interface PdfTextContent {
  readonly items: readonly (PdfTextItem | object)[]
  readonly styles: Readonly<Record<string, { readonly fontFamily?: string; readonly vertical?: boolean }>>
}

export interface PdfAnnotation {
  readonly subtype?: string
  readonly fieldType?: string
  readonly fieldName?: string
  readonly fieldValue?: unknown
  readonly alternativeText?: string
  readonly hidden?: boolean
  readonly annotationFlags?: number
  readonly checkBox?: boolean
  readonly radioButton?: boolean
  readonly exportValue?: string
  readonly buttonValue?: string | null
  readonly contentsObj?: { readonly str?: string }
  readonly file?: PdfAttachment
  readonly rect?: readonly number[]
}

export interface PdfOutlineItem {
  readonly title: string
  readonly dest: string | readonly unknown[] | null
  readonly items: readonly PdfOutlineItem[]
}

export interface PdfAttachment {
  readonly filename?: string
  readonly content?: Uint8Array | null
}

export interface CanvasFactory {
  create(width: number, height: number): PdfCanvas
  destroy(canvas: PdfCanvas): void
}

interface PdfCanvas {
  readonly canvas: object
  readonly context: {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
  }
}

/**
 * Throws `encrypted`, `broken-file`. The bytes are copied: pdf.js takes its buffer away from the owner. Pictures of more
 * pixels than `mostPixels` are not decoded: 1 leaves out all of them.
 */
export async function openPdf(
  bytes: Uint8Array,
  path: string,
  { mostPixels }: { readonly mostPixels: number },
): Promise<PdfDocument> {
  const { PDFParse, worker, folder } = await pdfEngine()
  const parser = new PDFParse({
    data: new Uint8Array(bytes),
    worker: worker as never,
    // Text of Asian files that embed no character map needs Adobe's; they are read from disk, like fonts and decoders.
    cMapUrl: join(folder, "cmaps/"),
    cMapPacked: true,
    standardFontDataUrl: join(folder, "standard_fonts/"),
    wasmUrl: join(folder, "wasm/"),
    iccUrl: join(folder, "iccs/"),
    isEvalSupported: false,
    enableXfa: false,
    useWorkerFetch: false,
    disableFontFace: true,
    useSystemFonts: false,
    maxImageSize: mostPixels,
    verbosity: 0,
  })
  try {
    // `getText` gives no positions and no type sizes; the document behind it does. The version is pinned exactly.
    return await (parser as unknown as { load(): Promise<PdfDocument> }).load()
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    const isLocked = cause instanceof Error && cause.name === "PasswordException"
    throw parseFailure(isLocked ? "encrypted" : "broken-file", path, { cause })
  }
}
