import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"

/** What is called of PDFium; handles and pointers are numbers, 0 is none. */
export interface PdfiumFunctions {
  malloc(size: number): number
  free(pointer: number): void
  FPDF_InitLibrary(): void
  FPDF_LoadMemDocument(bytes: number, size: number, password: number): number
  FPDF_CloseDocument(document: number): void
  FPDF_GetPageCount(document: number): number
  FPDF_GetMetaText(document: number, tag: number, buffer: number, size: number): number
  FPDF_GetPageLabel(document: number, index: number, buffer: number, size: number): number
  FPDFDoc_GetAttachmentCount(document: number): number
  FPDFBookmark_GetFirstChild(document: number, bookmark: number): number
  FPDFBookmark_GetNextSibling(document: number, bookmark: number): number
  FPDFBookmark_GetTitle(bookmark: number, buffer: number, size: number): number
  FPDFBookmark_GetDest(document: number, bookmark: number): number
  FPDFBookmark_GetAction(bookmark: number): number
  FPDFAction_GetType(action: number): number
  FPDFAction_GetDest(document: number, action: number): number
  FPDFDest_GetDestPageIndex(document: number, destination: number): number
  FPDF_GetPageSizeByIndexF(document: number, index: number, size: number): number
  FPDF_LoadPage(document: number, index: number): number
  FPDF_ClosePage(page: number): void
  FPDF_GetPageBoundingBox(page: number, rectangle: number): number
  FPDFPage_GetAnnotCount(page: number): number
  FPDFPage_GetAnnot(page: number, index: number): number
  FPDFAnnot_GetSubtype(annotation: number): number
  FPDFPage_CloseAnnot(annotation: number): void
  FPDFText_LoadPage(page: number): number
  FPDFText_ClosePage(text: number): void
  FPDFText_CountChars(text: number): number
  FPDFText_GetUnicode(text: number, index: number): number
  FPDFText_IsGenerated(text: number, index: number): number
  FPDFText_HasUnicodeMapError(text: number, index: number): number
  FPDFText_GetFontInfo(text: number, index: number, buffer: number, size: number, flags: number): number
  FPDFText_GetTextObject(text: number, index: number): number
  FPDFText_GetFontSize(text: number, index: number): number
  FPDFText_GetMatrix(text: number, index: number, matrix: number): number
  FPDFText_GetCharOrigin(text: number, index: number, x: number, y: number): number
  FPDFText_GetLooseCharBox(text: number, index: number, rectangle: number): number
  FPDFTextObj_GetTextRenderMode(object: number): number
  FPDFPage_CountObjects(page: number): number
  FPDFPage_GetObject(page: number, index: number): number
  FPDFPageObj_GetType(object: number): number
  FPDFPageObj_GetMatrix(object: number, matrix: number): number
  FPDFPageObj_GetBounds(object: number, left: number, bottom: number, right: number, top: number): number
  FPDFPageObj_GetFillColor(object: number, red: number, green: number, blue: number, alpha: number): number
  FPDFPageObj_GetStrokeColor(object: number, red: number, green: number, blue: number, alpha: number): number
  FPDFPageObj_HasTransparency(object: number): number
  FPDFPath_GetDrawMode(path: number, fillMode: number, isStroked: number): number
  FPDFFormObj_CountObjects(form: number): number
  FPDFFormObj_GetObject(form: number, index: number): number
}

/** An instance of PDFium with memory of its own. */
export interface Pdfium {
  readonly call: PdfiumFunctions
  /** Where results are left: 256 bytes, aligned to 8. */
  readonly results: number
  /** Views of the memory; a call that takes memory makes new ones. */
  bytes(): Uint8Array
  floats(): Float32Array
  doubles(): Float64Array
  integers(): Int32Array
}

/** Memory is never given back: an instance that has taken more serves no further document. */
const MOST_KEPT_BYTES = 96 * 1024 * 1024
/** The file itself, and ten times of what the busiest of hundreds of real files takes. */
const MOST_BYTES = 192 * 1024 * 1024
/** Ten times of V8's own: the first four rounds over the files of the bench then took about a tenth less. */
const TIERING_BUDGET = 20_000_000
const RESULT_BYTES = 256

let program: Uint8Array | undefined
let kept: Pdfium | undefined

/** Loads the program, so that a later `pdfium` has it. */
export async function loadPdfium(): Promise<void> {
  kept ??= await instantiate()
}

/** The instance that is ready, or a new one. One document is open in it at a time. */
export async function takePdfium(): Promise<Pdfium> {
  const taken = kept ?? (await instantiate())
  kept = undefined
  return taken
}

/** Gives an instance back whose document is closed. One that has failed must not come back. */
export function keepPdfium(used: Pdfium): void {
  if (used.bytes().length <= MOST_KEPT_BYTES) kept = used
}

async function instantiate(): Promise<Pdfium> {
  // V8 else compiles the functions of PDFium anew, on other threads, before it knows which are worth it.
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`)
  const { init } = await import("@embedpdf/pdfium")
  program ??= await readFile(fileURLToPath(import.meta.resolve("@embedpdf/pdfium/pdfium.wasm")))
  const { pdfium } = await init({ wasmBinary: program as never })
  boundMemory(pdfium.wasmExports as unknown as { readonly memory: GrowingMemory })
  const memory = pdfium as unknown as { readonly [view in "HEAPU8" | "HEAPF32" | "HEAPF64" | "HEAP32"]: never }
  const call = pdfium.wasmExports as unknown as PdfiumFunctions
  call.FPDF_InitLibrary()
  return {
    call,
    results: call.malloc(RESULT_BYTES),
    bytes: () => memory.HEAPU8,
    floats: () => memory.HEAPF32,
    doubles: () => memory.HEAPF64,
    integers: () => memory.HEAP32,
  }
}

interface GrowingMemory {
  readonly buffer: { readonly byteLength: number }
  grow(pages: number): number
}

const PAGE_BYTES = 65_536

/**
 * A file whose forms draw themselves takes memory without an end. PDFium ends in an error where it gets no more, before
 * the process would be ended for it.
 */
function boundMemory({ memory }: { readonly memory: GrowingMemory }): void {
  const grow = memory.grow.bind(memory)
  Object.defineProperty(memory, "grow", {
    value(pages: number): number {
      if (memory.buffer.byteLength + pages * PAGE_BYTES > MOST_BYTES)
        throw new RangeError("PDFium takes too much memory")
      return grow(pages)
    },
  })
}

/** A text that PDFium writes into a buffer, as UTF-16, and whose length in bytes with the final nought it returns. */
export function readText({ call, bytes }: Pdfium, write: (buffer: number, size: number) => number): string {
  const size = write(0, 0)
  if (size <= 2) return ""
  const buffer = call.malloc(size)
  try {
    write(buffer, size)
    const text = bytes().slice(buffer, buffer + size - 2)
    return new TextDecoder("utf-16le").decode(text)
  } finally {
    call.free(buffer)
  }
}

/** Leaves an ASCII text of up to some hundred characters in the memory while `use` runs. */
export function withText<Result>({ call, bytes }: Pdfium, text: string, use: (pointer: number) => Result): Result {
  const pointer = call.malloc(text.length + 1)
  try {
    bytes().set(Buffer.from(`${text}\0`, "latin1"), pointer)
    return use(pointer)
  } finally {
    call.free(pointer)
  }
}
