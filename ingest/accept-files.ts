import { readFile } from "node:fs/promises"
import { IbidError, throwIfAborted, toIbidError } from "../src/core/errors.ts"
import type { CollectionId, IngestEvent, JobId } from "../src/core/types.ts"
import { listFolderSources, type Source } from "../src/db/collections.ts"
import { type AcceptPorts, acceptOrList, checkSize, listRefused } from "./accept.ts"
import { type FoundFile, findFiles } from "./source.ts"

/** What became of a file that was found, and how many there are. */
export type FileStep = { readonly total: number } & (
  | { readonly type: "event"; readonly event: IngestEvent }
  | { readonly type: "accepted"; readonly jobId: JobId }
)

/**
 * The first stage for files and folders of this machine: stores each file's bytes and its job. One bad file is an event
 * and is listed in the catalogue; throws what concerns all of them (`disk-full`, `cancelled`).
 */
export async function* acceptFiles(
  paths: readonly string[],
  ports: AcceptPorts,
  options: { readonly collectionId: CollectionId; readonly signal?: AbortSignal },
): AsyncGenerator<FileStep> {
  const { collectionId } = options
  const found: FoundFile[] = []
  for await (const file of findFiles(paths, options)) found.push(file)
  const sources = await listFolderSources(ports.database.read, collectionId)
  const total = found.length
  for (const file of found) {
    throwIfAborted(options.signal)
    if (file.type === "failure") yield { type: "event", event: failed(file.path, file.error), total }
    else yield { ...(await acceptFile(file, placeIn(sources, file), ports, collectionId)), total }
  }
}

async function acceptFile(
  file: Extract<FoundFile, { type: "file" }>,
  place: { readonly root: string; readonly path: string },
  ports: AcceptPorts,
  collectionId: CollectionId,
): Promise<{ type: "event"; event: IngestEvent } | { type: "accepted"; jobId: JobId }> {
  const { modifiedAt, sizeBytes } = file
  const { path } = place
  let bytes: Uint8Array
  try {
    checkSize(path, sizeBytes, ports.maxFileBytes)
    bytes = await readFile(file.absolutePath)
  } catch (thrown) {
    const error = thrown instanceof IbidError ? thrown : toIbidError(thrown)
    await listRefused({ collectionId, ...place, modifiedAt, sizeBytes }, error, ports)
    return { type: "event", event: failed(path, error) }
  }
  const acceptance = await acceptOrList({ collectionId, ...place, bytes, modifiedAt }, ports)
  switch (acceptance.type) {
    case "accepted":
      return { type: "accepted", jobId: acceptance.jobId }
    case "unchanged":
      return { type: "event", event: { event: "document-unchanged", documentId: acceptance.documentId, path } }
    case "refused":
      return { type: "event", event: failed(path, acceptance.error) }
  }
}

/** The deepest known source that holds the file, so that a folder within a folder does not make documents twice. */
function placeIn(
  sources: readonly Source[],
  file: Extract<FoundFile, { type: "file" }>,
): { root: string; path: string } {
  const root = sources
    .map((source) => source.root)
    .filter((candidate) => file.absolutePath.startsWith(`${candidate}/`))
    .reduce((deepest, candidate) => (candidate.length > deepest.length ? candidate : deepest), "")
  const chosen = root === "" ? file.root : root
  return { root: chosen, path: file.absolutePath.slice(chosen.length + 1) }
}

function failed(path: string, error: IbidError): IngestEvent {
  return { event: "document-failed", path, code: error.code, message: error.message }
}
