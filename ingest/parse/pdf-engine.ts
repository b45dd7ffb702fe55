import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import type { PDFParse } from "pdf-parse"
import { boundDrawing } from "./pdfjs-drawing.ts"

export interface PdfEngine {
  readonly PDFParse: typeof PDFParse
  /** Opens documents one after the other or together; given to pdf.js as the place where it works. */
  readonly worker: object
  /** Numbers of the operators of a page's drawing, by name. */
  readonly operators: Readonly<Record<string, number>>
  /** Where pdf.js keeps its character maps, fonts and decoders. */
  readonly folder: string
}

let loading: Promise<PdfEngine> | undefined

/**
 * The pdf.js that pdf-parse brings, one copy a process, working on the thread that calls it. Two of its habits cost a
 * third of the time of a text page, and are changed here: its copy of core-js puts a slow `Array.prototype.push` in
 * place of V8's (for arrays of more than 2³² entries), and each piece of text is cloned on its way between two halves of
 * the program that share their memory here.
 */
export async function pdfEngine(): Promise<PdfEngine> {
  loading ??= load()
  return await loading
}

async function load(): Promise<PdfEngine> {
  const require = createRequire(createRequire(import.meta.url).resolve("pdf-parse"))
  const folder = dirname(require.resolve("pdfjs-dist/package.json"))
  const build = join(folder, "legacy", "build")
  // core-js looks at the stack of an error at its start: where source maps are on, Node would unfold those of pdf.js for
  // that, which hold 150 MB.
  const hasMaps = process.sourceMapsEnabled
  process.setSourceMapsEnabled(false)
  const push = Object.getOwnPropertyDescriptor(Array.prototype, "push")
  const { PDFParse } = await import("pdf-parse")
  const { PDFWorker, OPS: operators } = (await import(pathToFileURL(join(build, "pdf.mjs")).href)) as PdfModule
  const { WorkerMessageHandler } = (await import(pathToFileURL(join(build, "pdf.worker.mjs")).href)) as PdfWorkerModule
  if (push !== undefined) Object.defineProperty(Array.prototype, "push", push)
  process.setSourceMapsEnabled(hasMaps)
  const port = createPort()
  const worker = new PDFWorker({ port, verbosity: 0 })
  WorkerMessageHandler.initializeFromPort(port)
  return { PDFParse, worker, operators, folder }
}

interface PdfModule {
  readonly OPS: Readonly<Record<string, number>>
  readonly PDFWorker: new (options: { readonly port: Port; readonly verbosity: number }) => object
}

interface PdfWorkerModule {
  readonly WorkerMessageHandler: { initializeFromPort(port: Port): void }
}

type Listener = (this: Port, event: { readonly data: unknown }) => void

/** What pdf.js asks of a `MessagePort`. Both of its halves listen here and take what is addressed to them. */
interface Port {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void
  addEventListener(name: "message", listener: Listener, options?: { readonly signal?: AbortSignal }): void
  removeEventListener(name: "message", listener: Listener): void
}

function createPort(): Port {
  const listeners = new Set<Listener>()
  const port: Port = {
    postMessage(message, transfer) {
      boundDrawing(message)
      const data = ownPiece(message) ?? structuredClone(message, transfer === undefined ? {} : { transfer })
      queueMicrotask(() => {
        for (const listener of listeners) listener.call(port, { data })
      })
    },
    addEventListener(_name, listener, options) {
      listeners.add(listener)
      options?.signal?.addEventListener("abort", () => listeners.delete(listener), { once: true })
    },
    removeEventListener: (_name, listener) => void listeners.delete(listener),
  }
  return port
}

/** A piece of a page's text or drawing, without a copy of what is in it: the sender lets go of what it has sent. */
function ownPiece(message: unknown): object | undefined {
  const { chunk } = message as { readonly chunk?: Readonly<Record<string, unknown>> | null }
  if (Array.isArray(chunk?.["items"]) && chunk["styles"] !== undefined) {
    return { ...(message as object), chunk: { ...chunk } }
  }
  const { fnArray, argsArray } = chunk ?? {}
  if (!Array.isArray(fnArray) || !Array.isArray(argsArray)) return undefined
  // The sender empties these two and fills them again.
  return { ...(message as object), chunk: { ...chunk, fnArray: [...fnArray], argsArray: [...argsArray] } }
}
