import type { DoctorOptions, DoctorReport, Violation } from "../core/doctor-report.ts"
import { countAuditGaps } from "../db/audit.ts"
import { checkDatabase } from "../db/check.ts"
import { listStuck } from "../db/integrity.ts"
import { inspectFiles } from "./doctor-files.ts"
import { inspectIndex } from "./doctor-index.ts"
import { type Repairable, type RepairPorts, repair } from "./repair.ts"

interface Findings extends Repairable {
  readonly violations: readonly Violation[]
}

/**
 * Checks the invariants of a data folder: V1 (each document is done, refused with a reason, or queued), V2–V7 (the index
 * is what SQL says, `doctor-index.ts`), V8 and V11 (the files are, `doctor-files.ts`), V9 (SQL is sound in itself), V12
 * (no gap in the audit). V10 holds because nothing that was answered is kept. Has to be alone with the index. With
 * `repair` all of it is mended from SQL, the stored texts, vectors and originals; documents that have to be read again
 * are queued, and count as sound.
 */
export async function doctor(ports: RepairPorts, options: DoctorOptions): Promise<DoctorReport> {
  const findings = await inspect(ports, options)
  if (!options.repair || findings.violations.length === 0) return toReport(findings)
  options.onStep?.("repair")
  const mended = await repair(findings, ports)
  const after = toReport(await inspect(ports, options))
  return { ...after, notes: [...mended, ...after.notes] }
}

async function inspect(ports: RepairPorts, options: DoctorOptions): Promise<Findings> {
  const { database } = ports
  options.onStep?.("sql")
  const sql = (await checkDatabase(database)).map((message) => ({ invariant: "V9", message }))
  const stuck = await listStuck(database.read)
  const gaps = await countAuditGaps(database.read)
  options.onStep?.("files")
  const files = await inspectFiles(ports)
  options.onStep?.("index")
  const index = await inspectIndex(ports)
  return {
    ...{ index, files, stuck },
    violations: [
      ...stuck.map(({ documentId, message }) => ({ invariant: "V1", message, documentId })),
      ...index.violations,
      ...files.violations,
      ...sql,
      ...(gaps === 0 ? [] : [{ invariant: "V12", message: `${gaps} numbers are missing in the audit` }]),
    ],
  }
}

function toReport({ violations, index, files }: Findings): DoctorReport {
  const { chunks, unsettled } = index
  const notes = [`${files.documents} documents and ${chunks} chunks checked`]
  if (unsettled > 0) notes.push(`${unsettled} documents are being changed; their chunks were not compared`)
  return { violations, notes, documents: files.documents, chunks }
}
