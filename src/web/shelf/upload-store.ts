import { useSyncExternalStore } from "react"
import type { Job, JobState } from "../../core/types.ts"
import { cancelJob, getJob } from "../api/catalogue.ts"
import { ApiProblem } from "../api/request.ts"
import { uploadFile } from "../api/upload.ts"
import type { DroppedFile } from "./files-of-drop.ts"

/** Files on their way from this browser into the index. They go on while another view is open. */

export interface Upload extends DroppedFile {
  readonly id: number
  readonly collection: string | undefined
  readonly sentBytes: number
  readonly state:
    | { readonly type: "waiting" }
    | { readonly type: "sending" }
    /** Stored by the server, and read there. */
    | { readonly type: "working"; readonly documentId: string; readonly jobId: string; readonly at: JobState }
    | { readonly type: "searchable"; readonly documentId: string; readonly isUnchanged: boolean }
    | { readonly type: "failed"; readonly code: string; readonly message: string; readonly documentId: string | null }
}

/** More would only wait for each other. */
const AT_ONCE = 3
const POLL_MS = 700

let uploads: readonly Upload[] = []
let lastId = 0
const tellers = new Set<() => void>()
const senders = new Map<number, AbortController>()

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(
    (tell) => {
      tellers.add(tell)
      return () => tellers.delete(tell)
    },
    () => uploads,
  )
}

export function addUploads(files: readonly DroppedFile[], collection: string | undefined): void {
  const added = files.map(({ file, path }): Upload => {
    return { id: ++lastId, file, path, collection, sentBytes: 0, state: { type: "waiting" } }
  })
  set([...uploads, ...added])
  sendNext()
}

/** Ends one that is under way, wherever it is. */
export async function cancelUpload(id: number): Promise<void> {
  const state = uploads.find((one) => one.id === id)?.state
  if (state?.type === "working") await cancelJob(state.jobId).catch(() => undefined)
  else if (state?.type === "waiting") fail(id, { code: "cancelled", message: "" })
  else senders.get(id)?.abort()
}

/** Sends a file again that has failed. */
export function repeatUpload(id: number): void {
  change(id, { sentBytes: 0, state: { type: "waiting" } })
  sendNext()
}

/** Forgets those that have ended. */
export function clearUploads(): void {
  set(uploads.filter(({ state }) => !["searchable", "failed"].includes(state.type)))
}

function sendNext(): void {
  const free = AT_ONCE - uploads.filter(({ state }) => state.type === "sending").length
  for (const upload of uploads.filter(({ state }) => state.type === "waiting").slice(0, Math.max(0, free))) {
    void send(upload)
  }
}

async function send({ id, file, path, collection }: Upload): Promise<void> {
  const sender = new AbortController()
  senders.set(id, sender)
  change(id, { state: { type: "sending" } })
  try {
    const { documentId, jobId } = await uploadFile(file, {
      ...{ path, collection, signal: sender.signal },
      onProgress: (sentBytes) => change(id, { sentBytes }),
    })
    if (jobId === null) change(id, { state: { type: "searchable", documentId, isUnchanged: true } })
    else {
      change(id, { sentBytes: file.size, state: { type: "working", documentId, jobId, at: "queued" } })
      void follow(id, documentId, jobId)
    }
  } catch (thrown) {
    const { code, detail } = thrown instanceof ApiProblem ? thrown : { code: "internal", detail: String(thrown) }
    fail(id, { code, message: detail })
  } finally {
    senders.delete(id)
    sendNext()
  }
}

/** Asks for the job until it has ended; one that cannot be asked for now is asked for again. */
async function follow(id: number, documentId: string, jobId: string): Promise<void> {
  for (;;) {
    const job: Job | undefined = await getJob(jobId).catch(() => undefined)
    if (job?.state === "indexed") return change(id, { state: { type: "searchable", documentId, isUnchanged: false } })
    if (job?.state === "failed") {
      return fail(id, { code: job.code ?? "internal", message: job.message ?? "", documentId })
    }
    if (job !== undefined) change(id, { state: { type: "working", documentId, jobId, at: job.state } })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function fail(
  id: number,
  {
    documentId = null,
    ...reason
  }: { readonly code: string; readonly message: string; readonly documentId?: string | null },
): void {
  change(id, { state: { type: "failed", documentId, ...reason } })
}

function change(id: number, news: Partial<Upload>): void {
  set(uploads.map((upload) => (upload.id === id ? { ...upload, ...news } : upload)))
}

function set(next: readonly Upload[]): void {
  uploads = next
  for (const tell of tellers) tell()
}
