import type { CheckUpEvent, PullEvent, ShelvedModel, SystemStatus } from "../../core/shelf.ts"
import type { SourceSummary } from "../../core/types.ts"
import { requestLines } from "./lines.ts"
import type { Page } from "./page.ts"
import { requestJson } from "./request.ts"

/** What the service is and stands on: folders, models, health. */

const model = (id: string) => `/api/models/${encodeURIComponent(id)}`

export async function listFolders(signal: AbortSignal): Promise<readonly SourceSummary[]> {
  return (await requestJson<Page<SourceSummary>>("/api/sources", { signal })).data
}

/** Compares a folder again; with `confirmRemoval` the documents of missing files are removed. */
export async function resumeFolder(id: string, options: { readonly confirmRemoval: boolean }): Promise<SourceSummary> {
  return await requestJson(`/api/sources/${encodeURIComponent(id)}/resume`, { body: options })
}

export async function listModels(signal: AbortSignal): Promise<readonly ShelvedModel[]> {
  return (await requestJson<Page<ShelvedModel>>("/api/models", { signal })).data
}

/** Leaving does not end the pull. */
export function pullModel(id: string): AsyncGenerator<PullEvent> {
  return requestLines<PullEvent>(`${model(id)}/pull`, { method: "POST" })
}

export async function cancelPull(id: string): Promise<void> {
  await requestJson(`${model(id)}/pull`, { method: "DELETE" })
}

/** For the next start; `none` means quotes alone. */
export async function chooseModel(id: string): Promise<void> {
  await requestJson(`${model(id)}/use`, { method: "POST" })
}

export interface System extends SystemStatus {
  readonly version: string
}

export async function getSystem(signal: AbortSignal): Promise<System> {
  return await requestJson("/api/system", { signal })
}

export function checkUp(options: { readonly repair: boolean; readonly signal: AbortSignal }) {
  const { repair, signal } = options
  return requestLines<CheckUpEvent>("/api/doctor", { body: { repair }, signal })
}
