import { mkdirSync, realpathSync, utimesSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { eq, sql } from "drizzle-orm"
import { onTestFinished } from "vitest"
import type { AcceptPorts } from "../../ingest/accept.ts"
import { type ReconcileOptions, reconcile } from "../../ingest/reconcile.ts"
import type { ReconcileStep } from "../../ingest/take.ts"
import type { CollectionId, IngestEvent } from "../../src/core/types.ts"
import { type Database, openDatabase } from "../../src/db/client.ts"
import { createContentStore } from "../../src/db/files.ts"
import { documents, jobs } from "../../src/db/schema.ts"
import { keepInStep } from "../../src/db/sources.ts"
import { temporaryFolder } from "./folder.ts"

export const COLLECTION = "default" as CollectionId

export interface ReconciledFolder {
  /** Real path of the folder that is kept in step. */
  readonly root: string
  readonly database: Database
  readonly ports: AcceptPorts
  /** Writes a file that is a minute old, so that its times can be relied on. */
  write(path: string, text: string): void
  steps(options?: Partial<ReconcileOptions>, root?: string): Promise<ReconcileStep[]>
  /** One pass, its events and accepted files in a line each; then all that was accepted counts as indexed. */
  pass(options?: Partial<ReconcileOptions>, root?: string): Promise<string[]>
  /** Ids by path, relative to the folder's parent. */
  ids(): Promise<Record<string, string>>
}

/** A folder and a catalogue, in step or not, without a parser or an index. */
export async function openReconciledFolder(): Promise<ReconciledFolder> {
  const base = realpathSync(temporaryFolder())
  const root = join(base, "docs")
  mkdirSync(root)
  const database = await openDatabase(join(base, "data"))
  onTestFinished(() => database.dispose())
  const ports = { database, originals: createContentStore(join(base, "blobs")), maxFileBytes: 10_000 }
  await keepInStep(database, { collectionId: COLLECTION, root, ignore: [], maxFileBytes: null })
  const steps: ReconciledFolder["steps"] = async (options = {}, from = root) => {
    const all: ReconcileStep[] = []
    for await (const step of reconcile(from, ports, { collectionId: COLLECTION, removeMissing: true, ...options })) {
      all.push(step)
    }
    return all
  }
  return {
    ...{ root, database, ports, steps },
    write: (path, text) => {
      const file = join(root, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      const then = Date.now() / 1_000 - 60
      utimesSync(file, then, then)
    },
    pass: async (options, from) => {
      const lines = (await steps(options, from)).flatMap(describe)
      await database.write(async (transaction) => {
        const indexed = { state: "indexed", indexedRevision: sql`${documents.revision}` } as const
        await transaction.update(documents).set(indexed).where(eq(documents.state, "queued"))
        await transaction.update(jobs).set({ state: "indexed" }).where(eq(jobs.state, "queued"))
      })
      return lines
    },
    ids: async () => {
      const rows = await database.read.select().from(documents).where(sql`removed_at IS NULL`).orderBy(documents.path)
      return Object.fromEntries(rows.map(({ path, id }) => [path, id]))
    },
  }
}

function describe(step: ReconcileStep): string[] {
  if ("found" in step) return []
  if ("unsettled" in step) return [`unsettled ${basename(step.unsettled.absolutePath)}`]
  return "accepted" in step ? [`accepted ${step.accepted.path}`] : [describeEvent(step.event)]
}

function describeEvent(event: IngestEvent): string {
  const name = event.event.replace("document-", "")
  if (event.event === "source-paused") return `${name} ${event.reason}`
  if (event.event === "document-moved") return `${name} ${event.from} > ${event.path}`
  if (event.event === "document-failed" || event.event === "document-skipped") {
    return `${name} ${event.path} ${event.code}`
  }
  return "path" in event ? `${name} ${event.path}` : name
}
