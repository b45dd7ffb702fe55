import type { Log, RecognisedPage } from "../src/core/types.ts"
import { createChildHost } from "./child-host.ts"

export interface OcrRequest {
  /** Path on disk. */
  readonly file: string
  /** The document's name. */
  readonly path: string
  readonly mediaType: string
  /** From 1; an image has one page, a TIFF file may have more. */
  readonly page: number
  readonly signal?: AbortSignal
}

export interface OcrHost {
  /**
   * Renders one page of a PDF, or takes an image, and recognises its text. Requests wait for each other. Throws
   * `parse-timeout`, `parse-out-of-memory`, `parse-crashed`, `broken-file`, `encrypted`, `file-too-large`,
   * `unsupported-type`, `cancelled`, `model-missing` (the data of a language is absent).
   */
  recognise(request: OcrRequest): Promise<RecognisedPage>
  dispose(): Promise<void>
}

export interface OcrHostOptions {
  /** Tesseract's codes, the most frequent first: `["eng", "deu"]`. */
  readonly languages: readonly string[]
  /** Folders with `<language>.traineddata.gz`; English is bundled. */
  readonly languageFolders: readonly string[]
  /** For one page. */
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly log: Log
  /** Time without work after which the child, which holds about 300 MB, is ended. */
  readonly idleMs?: number
}

/** What the child is asked. */
export interface OcrWork
  extends Omit<OcrRequest, "path" | "signal">,
    Pick<OcrHostOptions, "languages" | "languageFolders"> {}

/** Starts nothing yet: the child comes with the first page, and again after it has died. */
export function createOcrHost(options: OcrHostOptions): OcrHost {
  const { languages, languageFolders } = options
  const host = createChildHost<OcrWork, RecognisedPage>({
    module: "ocr-child",
    role: "recognition",
    workPerChild: PAGES_PER_CHILD,
    idleMs: IDLE_MS,
    ...options,
  })
  return {
    recognise: async ({ path, signal, ...work }) =>
      await host.ask({ ...work, languages, languageFolders }, { path, ...(signal && { signal }) }),
    dispose: host.dispose,
  }
}

/** The WebAssembly heap of the engine never shrinks. */
const PAGES_PER_CHILD = 500
const IDLE_MS = 60_000
