import { toProblem } from "./request.ts"

export interface Stored {
  readonly documentId: string
  /** Null: the content is the one that is searchable already. */
  readonly jobId: string | null
}

/** Sends one file. Throws `ApiProblem`, with the code `cancelled` where the signal has fired. */
export async function uploadFile(
  file: Blob,
  options: {
    /** Name or relative path of the document. */
    readonly path: string
    readonly collection: string | undefined
    readonly signal: AbortSignal
    readonly onProgress: (sentBytes: number) => void
  },
): Promise<Stored> {
  const { path, collection, signal, onProgress } = options
  // fetch() tells nothing of what has been sent
  const sending = new XMLHttpRequest()
  return await new Promise((resolve, reject) => {
    const query = collection === undefined ? "" : `?${new URLSearchParams({ collection })}`
    sending.open("POST", `/api/documents${query}`)
    sending.setRequestHeader("content-type", "application/octet-stream")
    sending.setRequestHeader("x-document-path", encodeURIComponent(path))
    sending.responseType = "json"
    sending.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded))
    sending.addEventListener("load", () => {
      if (sending.status < 300) resolve(sending.response as Stored)
      else reject(toProblem(sending.status, sending.response))
    })
    sending.addEventListener("error", () => reject(toProblem(0, { code: "unreachable" })))
    sending.addEventListener("abort", () => reject(toProblem(0, { code: "cancelled" })))
    signal.addEventListener("abort", () => sending.abort(), { once: true })
    if (signal.aborted) reject(toProblem(0, { code: "cancelled" }))
    else sending.send(file)
  })
}
