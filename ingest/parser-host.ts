import type { FoundEmbedded } from "../src/core/ports.ts"
import type { Log, RecognisedPage } from "../src/core/types.ts"
import { createChildHost } from "./child-host.ts"
import type { CutDocument } from "./cut.ts"

interface ParseRequest extends ParseWork {
  /** The document's name. */
  readonly path: string
  /** Called with what has been read so far of a long document. */
  readonly onPart?: (document: CutDocument) => void
  readonly signal?: AbortSignal
}

/** What the child is asked. */
export interface ParseWork {
  /** Path on disk. */
  readonly file: string
  readonly mediaType: string
  /** Pages that were recognised before. */
  readonly recognised?: readonly RecognisedPage[]
  /** Folder for the embedded files, made where there are any; without one they are not unpacked. */
  readonly embeddedFolder?: string
}

/** An embedded file as the child has left it in the folder that was given. */
export interface UnpackedFile extends Omit<FoundEmbedded, "bytes"> {
  /** Path on disk. */
  readonly file: string
  readonly sizeBytes: number
}

export interface Parsed {
  readonly document: CutDocument
  /** In the order of the document, names free of `..`, unique. */
  readonly embedded: readonly UnpackedFile[]
}

export interface ParserHost {
  /**
   * Parses and chunks one file in the child process; requests wait for each other. Throws what the parser throws, `parse-timeout`,
   * `parse-out-of-memory`, `parse-crashed`, `cancelled`.
   */
  parse(request: ParseRequest): Promise<Parsed>
  dispose(): Promise<void>
}

export interface ParserHostOptions {
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly log: Log
  /** Files after which the child is replaced, even where it has not grown. */
  readonly filesPerChild?: number
}

/** Starts nothing yet: the child comes with the first file, and again after it has died. */
export function createParserHost({ filesPerChild = FILES_PER_CHILD, ...options }: ParserHostOptions): ParserHost {
  const host = createChildHost<ParseWork, Parsed, CutDocument>({
    module: "parser-child",
    role: "parser",
    workPerChild: filesPerChild,
    youngMb: YOUNG_MB,
    mostGrownMb: options.memoryMb * GROWN_SHARE,
    ...options,
  })
  return {
    parse: async ({ path, onPart, signal, ...work }) =>
      await host.ask(work, { path, ...(onPart && { onPart }), ...(signal && { signal }) }),
    dispose: host.dispose,
  }
}

/** A start costs as much processor time as 150 short texts, and the compiled code of hot loops has to grow anew. */
const FILES_PER_CHILD = 5_000
/** Of the memory that a document is given. */
const GROWN_SHARE = 0.25
/** A page of a PDF is a hundred thousand short-lived objects; with V8's own 16 MB a third more time goes into copying. */
const YOUNG_MB = 64
