import { stat } from "node:fs/promises"
import type { Violation } from "../core/doctor-report.ts"
import type { Database } from "../db/client.ts"
import type { ContentFile, ContentStore } from "../db/files.ts"
import { listKnownHashes, listStoredContents, type StoredContent } from "../db/integrity.ts"

export interface FilePorts {
  readonly database: Database
  readonly originals: ContentStore
  readonly texts: ContentStore
}

/** What is wrong with the stored files. */
export interface FileFindings {
  readonly violations: readonly Violation[]
  /** Documents whose original is missing or damaged. */
  readonly withoutOriginal: readonly StoredContent[]
  /** Documents whose canonical text is missing or damaged. */
  readonly withoutText: readonly StoredContent[]
  /** Files that nothing needs. */
  readonly leftovers: readonly ContentFile[]
  readonly documents: number
}

/**
 * Checks V8 (originals and canonical texts are there and match their names) and V11 (no file is left over: neither a
 * temporary one from before this process began, nor one that SQL does not know).
 */
export async function inspectFiles(ports: FilePorts): Promise<FileFindings> {
  const violations: Violation[] = []
  const contents = await listStoredContents(ports.database.read)
  const withoutOriginal = await damagedAmong(contents, ({ revision }) => revision, ports.originals)
  const withoutText = await damagedAmong(contents, ({ textHash }) => textHash, ports.texts)
  for (const [kind, damaged] of [["original", withoutOriginal] as const, ["text", withoutText] as const]) {
    for (const { documentId, path } of damaged) {
      violations.push({ invariant: "V8", message: `the ${kind} of "${path}" is missing or damaged`, documentId })
    }
  }
  // What this process has written may be on its way to SQL; what others had written is not.
  const leftovers = await findLeftovers(ports, performance.timeOrigin)
  for (const { hash, path } of leftovers) {
    const what = hash === undefined ? "a temporary file is left over" : "no document needs a stored file"
    violations.push({ invariant: "V11", message: `${what}: ${path}` })
  }
  return { violations, withoutOriginal, withoutText, leftovers, documents: contents.length }
}

/** Files older than a time (ms since 1970) that SQL does not know: what a process left that ended in between. */
export async function findLeftovers(ports: FilePorts, writtenBefore: number): Promise<ContentFile[]> {
  const leftovers: ContentFile[] = []
  const known = await listKnownHashes(ports.database.read)
  for (const store of [ports.originals, ports.texts]) {
    for (const file of await store.entries()) {
      if (file.hash !== undefined && known.has(file.hash)) continue
      const written = await stat(file.path).catch(() => undefined)
      if (written !== undefined && written.mtimeMs < writtenBefore) leftovers.push(file)
    }
  }
  return leftovers
}

async function damagedAmong(
  contents: readonly StoredContent[],
  nameOf: (content: StoredContent) => string | null,
  store: ContentStore,
): Promise<StoredContent[]> {
  const sound = new Map<string, boolean>()
  const damaged: StoredContent[] = []
  for (const content of contents) {
    const hash = nameOf(content)
    if (hash === null) continue
    const isSound = sound.get(hash) ?? (await store.read(hash)) !== undefined
    sound.set(hash, isSound)
    if (!isSound) damaged.push(content)
  }
  return damaged
}
