import type { Violation } from "../../src/core/doctor-report.ts"
import { countUnfinished } from "../../src/db/jobs.ts"
import { ADMIN, type Models, openTestBase } from "./knowledge-base.ts"

/** One acknowledged operation of a client, in the order in which they were acknowledged. */
export type LedgerEntry = { readonly collection: string; readonly acknowledged: true } & (
  | { readonly op: "put"; readonly path: string; readonly sha256: string }
  | { readonly op: "delete"; readonly path: string }
  /** `path` is the new one. */
  | { readonly op: "move"; readonly path: string; readonly from: string; readonly sha256: string }
)

export interface CheckResult {
  readonly violations: readonly Violation[]
  readonly documents: number
  /** From opening the folder until everything that was queued was done. */
  readonly seconds: number
}

/**
 * Opens a stopped data folder, lets it finish what was queued, runs the doctor and compares the catalogue with the
 * ledger: what was acknowledged last for a path is there with these bytes (V1), and what was deleted is not. `unsure` are
 * paths of operations that were under way when the process ended: they may have happened or not.
 */
export async function checkDataFolder(
  folder: string,
  models: Models,
  ledger: readonly LedgerEntry[],
  unsure: ReadonlySet<string> = new Set(),
): Promise<CheckResult> {
  const started = performance.now()
  const base = await openTestBase(folder, models)
  try {
    base.kb.resume()
    const { violations } = await base.kb.doctor({ repair: false }) // alone with the index: after the queue
    const seconds = (performance.now() - started) / 1_000
    const waiting = await countUnfinished(base.parts.database.read)
    const stuck = waiting.index === 0 ? [] : [{ invariant: "V1", message: `${waiting.index} jobs are not done` }]
    const catalogue = new Map<string, string>()
    let cursor: string | null = null
    do {
      const page = { limit: 500, ...(cursor === null ? {} : { cursor }) }
      const documents: Awaited<ReturnType<typeof base.kb.listDocuments>> = await base.kb.listDocuments({
        ...{ principal: ADMIN, page },
      })
      for (const { collection, path, revision } of documents.data) catalogue.set(`${collection}\0${path}`, revision)
      cursor = documents.cursor
    } while (cursor !== null)
    return {
      violations: [...violations, ...stuck, ...compare(catalogue, ledger, unsure)],
      documents: catalogue.size,
      seconds,
    }
  } finally {
    await base.kb.dispose()
  }
}

/** What the ledger says and the catalogue does not. Keys are collection and path with a NUL between, values hashes. */
export function compare(
  catalogue: ReadonlyMap<string, string>,
  ledger: readonly LedgerEntry[],
  unsure: ReadonlySet<string> = new Set(),
): Violation[] {
  const last = new Map<string, string | null>()
  for (const entry of ledger) {
    if (entry.op === "move") last.set(`${entry.collection}\0${entry.from}`, null)
    last.set(`${entry.collection}\0${entry.path}`, entry.op === "delete" ? null : entry.sha256)
  }
  const violations: Violation[] = []
  for (const [key, sha256] of last) {
    const path = key.slice(key.indexOf("\0") + 1)
    if (unsure.has(path)) continue
    const found = catalogue.get(key)
    if (sha256 === null && found !== undefined)
      violations.push({ invariant: "V1", message: `"${path}" was deleted and is there` })
    if (sha256 !== null && found !== sha256) {
      const state = found === undefined ? "is not there" : "has another content"
      violations.push({ invariant: "V1", message: `"${path}" was acknowledged and ${state}` })
    }
  }
  return violations
}
