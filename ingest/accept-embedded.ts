import { readFile } from "node:fs/promises"
import { crashPoint } from "../src/core/crash-point.ts"
import { IbidError } from "../src/core/errors.ts"
import type { CollectionId, DocumentId, JobId } from "../src/core/types.ts"
import { findSourceRoot } from "../src/db/collections.ts"
import { type DocumentRow, findDocument, listDescendants } from "../src/db/documents.ts"
import { markRemoved } from "../src/db/removals.ts"
import { type AcceptPorts, acceptOrList, checkSize, listRefused } from "./accept.ts"
import type { UnpackedFile } from "./parser-host.ts"

export interface AcceptedEmbedded {
  readonly jobs: readonly JobId[]
  /** Why a file became no document, by its name. */
  readonly codes: ReadonlyMap<string, string>
}

/**
 * The files embedded in a document become documents below it, `<path>/<name>`; those that a former content held and
 * this one does not are removed. What is refused is listed in the catalogue with the reason.
 */
export async function acceptEmbedded(
  files: readonly UnpackedFile[],
  parent: DocumentRow,
  ports: AcceptPorts,
  { hasFormer }: { readonly hasFormer: boolean },
): Promise<AcceptedEmbedded> {
  if (files.length === 0 && !hasFormer) return { jobs: [], codes: new Map() }
  const jobs: JobId[] = []
  const codes = new Map<string, string>()
  const depth = files.length === 0 ? 0 : await depthOf(parent, ports)
  const root = files.length === 0 ? "" : await findSourceRoot(ports.database.read, parent.sourceId)
  const known = await listDescendants(ports.database.read, parent.id as DocumentId)
  const gone = new Map(known.filter((one) => one.parentId === parent.id).map((one) => [one.path, one.id as DocumentId]))
  for (const file of files) {
    const path = `${parent.path}/${file.name}`
    gone.delete(path)
    const place = {
      ...{ collectionId: parent.collectionId as CollectionId, root, path, parentId: parent.id as DocumentId },
      modifiedAt: file.modifiedAt ?? parent.modifiedAt,
    }
    const outcome = await take(file, place, depth, ports)
    if (outcome.type === "accepted") jobs.push(outcome.jobId)
    if (outcome.type === "refused") codes.set(file.name, outcome.error.code)
    crashPoint("embedded-file-accepted")
  }
  for (const id of gone.values()) await markRemoved(ports.database, id)
  return { jobs, codes }
}

async function take(
  file: UnpackedFile,
  place: Omit<Parameters<typeof acceptOrList>[0], "bytes">,
  depth: number,
  ports: AcceptPorts,
): ReturnType<typeof acceptOrList> {
  const { sizeBytes, mediaType } = file
  try {
    if (depth >= MOST_LEVELS) {
      const message = `Cannot index ${JSON.stringify(place.path)}: it is nested too deeply in other files`
      throw new IbidError("too-deep", message)
    }
    checkSize(place.path, sizeBytes, ports.maxFileBytes)
  } catch (thrown) {
    if (!(thrown instanceof IbidError)) throw thrown
    return await listRefused({ ...place, sizeBytes }, thrown, ports)
  }
  const bytes = await readFile(file.file)
  return await acceptOrList({ ...place, bytes, ...(mediaType !== undefined && { mediaType }) }, ports)
}

/** A report in an archive in a mail in a mailbox: files that hold themselves end here. */
const MOST_LEVELS = 4

async function depthOf(document: DocumentRow, ports: AcceptPorts): Promise<number> {
  let depth = 0
  for (let above = document; above.parentId !== null; depth++) {
    const parent = await findDocument(ports.database.read, above.parentId as DocumentId)
    if (parent === undefined) break
    above = parent
  }
  return depth
}
