import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Client } from "@libsql/client"
import { type SQL, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"

export const DATABASE_FILE = "ibid.sqlite"
/** `Ibid` in ASCII, in the header of the file: tells our database from another program's. */
export const APPLICATION_ID = 0x49626964

const HEADER_BYTES = 100
const MAGIC = "SQLite format 3\0"
/** Folders whose content the database knows. */
const DEPENDENTS = ["lance", "blobs", "texts"]
/** More faults say no more. */
const MOST_FAULTS = 5

/**
 * Throws `data-folder-damaged` for a database file that cannot be ours, before SQLite opens it: SQLite takes an empty
 * or missing file for a new database, and with it all that the folder holds would be forgotten.
 */
export function refuseDamagedFile(folder: string): void {
  const path = join(folder, DATABASE_FILE)
  const size = existsSync(path) ? statSync(path).size : undefined
  if (size === undefined || size === 0) {
    const filled = DEPENDENTS.filter((name) => holdsSomething(join(folder, name)))
    if (filled.length === 0) return
    const state = size === undefined ? "it is missing" : "it is empty"
    throw damagedDatabase(folder, `${state}, and ${filled.join(" and ")} hold documents that it should know`)
  }
  const header = readHeader(path)
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw damagedDatabase(folder, "it does not begin like a database")
  }
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16)
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0 || size < pageBytes) {
    throw damagedDatabase(folder, "its header does not fit its size")
  }
  // Format versions, payload fractions, and what is reserved for later and always zero (sqlite.org/fileformat.html, 1.3).
  const isKnownFormat = header.readUInt8(18) <= 2 && header.readUInt8(19) <= 2 && header.readUInt32BE(44) <= 4
  const isFixedPart = header.readUInt8(21) === 64 && header.readUInt8(22) === 32 && header.readUInt8(23) === 32
  if (!isKnownFormat) throw damagedDatabase(folder, "its format is another one than this version writes")
  if (!isFixedPart || header.subarray(72, 92).some((byte) => byte !== 0)) {
    throw damagedDatabase(folder, "its header is damaged")
  }
}

/** Throws `data-folder-damaged` when SQLite finds a broken page, or when the database is another program's. */
export async function refuseDamagedDatabase(client: Client, folder: string): Promise<void> {
  const check = await client.execute(`PRAGMA quick_check(${MOST_FAULTS})`)
  const faults = check.rows.map((row) => String(row[0])).filter((line) => line !== "ok")
  if (faults.length > 0) throw damagedDatabase(folder, faults.join("; ").replaceAll(/\s+/g, " "))
  const id = Number((await client.execute("PRAGMA application_id")).rows[0]?.[0] ?? 0)
  const tables = (await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'")).rows.map((row) =>
    String(row[0]),
  )
  const isOurs = tables.includes("__drizzle_migrations")
  if ((tables.length > 0 && !isOurs) || (id !== 0 && id !== APPLICATION_ID)) {
    throw damagedDatabase(folder, "it is the database of another program")
  }
  if (tables.length === 0 && DEPENDENTS.some((name) => holdsSomething(join(folder, name)))) {
    throw damagedDatabase(folder, "it has no tables, and the folder holds documents that it should know")
  }
}

/** Says what is wrong and how to go on: the write-ahead log of the damaged file must not be replayed over the copy. */
export function damagedDatabase(folder: string, fault: string, cause?: unknown): IbidError {
  const path = join(folder, DATABASE_FILE)
  return new IbidError(
    "data-folder-damaged",
    `Cannot open the data folder: ${path} is damaged (${fault}). Nothing was changed. Restore it from a backup: ` +
      `rm -f "${path}-wal" "${path}-shm" && cp <backup>/${DATABASE_FILE} "${path}", then run ibid doctor --repair`,
    cause === undefined ? {} : { cause },
  )
}

/** What SQLite says of a file whose pages it cannot read. */
export function isDamage(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const code = "code" in error ? String(error.code) : ""
    if (
      /NOTADB|CORRUPT|SHORT_READ|malformed|not a database|unsupported file format/i.test(`${code} ${error.message}`)
    ) {
      return true
    }
  }
  return false
}

/** Faults that SQLite finds in itself: broken pages and rows whose parent is missing. Empty when it is sound. */
export async function checkDatabase(database: {
  readonly read: { all<Row>(query: SQL): Promise<Row[]> }
}): Promise<string[]> {
  const integrity = await database.read.all<{ integrity_check: string }>(sql`PRAGMA integrity_check`)
  const orphans = await database.read.all<{ table: string }>(sql`PRAGMA foreign_key_check`)
  const faults = integrity.map((row) => row.integrity_check).filter((line) => line !== "ok")
  return [...faults, ...orphans.map((row) => `a row of ${row.table} has no parent`)]
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  const file = openSync(path, "r")
  try {
    readSync(file, header, 0, HEADER_BYTES, 0)
  } finally {
    closeSync(file)
  }
  return header
}

/** Whether a file stands below the folder, at any depth. */
function holdsSomething(folder: string): boolean {
  if (!existsSync(folder)) return false
  return readdirSync(folder, { withFileTypes: true }).some(
    (entry) => !entry.isDirectory() || holdsSomething(join(folder, entry.name)),
  )
}
