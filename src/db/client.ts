import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Client, createClient } from "@libsql/client"
import { sql } from "drizzle-orm"
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql"
import { migrate } from "drizzle-orm/libsql/migrator"
import { readMigrationFiles } from "drizzle-orm/migrator"
import PQueue from "p-queue"
import { IbidError } from "../core/errors.ts"
import { packageRoot } from "../core/package-root.ts"
import * as schema from "./schema.ts"

type Connection = LibSQLDatabase<typeof schema>
/** What a query needs: the connection, or the transaction that it is part of. */
export type Queries = Pick<Connection, "select" | "insert" | "update" | "delete" | "run" | "all" | "get">

export interface Database {
  /** For reads alone. */
  readonly read: Queries
  /**
   * Runs a write transaction; all writes of the process go one after the other. Two at once would wait for each other
   * on the same thread and fail (libsql calls block the thread).
   */
  write<T>(work: (transaction: Queries) => Promise<T>): Promise<T>
  dispose(): Promise<void>
}

const BUSY_TIMEOUT_MS = 5_000
const migrationsFolder = join(packageRoot, "migrations", "sqlite")

/**
 * Opens `<folder>/ibid.sqlite` and brings its schema up to date. Throws `data-folder-newer` when a newer version has
 * written it, `data-folder-damaged` when it is not a database.
 */
export async function openDatabase(folder: string): Promise<Database> {
  mkdirSync(folder, { recursive: true })
  const client = createClient({ url: `file:${join(folder, "ibid.sqlite")}`, timeout: BUSY_TIMEOUT_MS })
  const connection = drizzle(client, { schema })
  try {
    await client.execute("PRAGMA journal_mode = WAL")
    await refuseNewer(client)
    await migrate(connection, { migrationsFolder })
  } catch (cause) {
    client.close()
    if (cause instanceof IbidError) throw cause
    if (/NOTADB|CORRUPT|malformed|not a database/i.test(describe(cause))) {
      throw new IbidError(
        "data-folder-damaged",
        "Cannot open the data folder: ibid.sqlite is damaged; put a copy from a backup in its place",
        { cause },
      )
    }
    throw cause
  }
  const writes = new PQueue({ concurrency: 1 })
  return {
    read: connection,
    write: (work) => writes.add(() => connection.transaction((transaction) => work(transaction))),
    dispose: async () => {
      await writes.onIdle()
      client.close()
    },
  }
}

/** The migrations of drizzle carry their time; one that this version does not know comes from a newer one. */
async function refuseNewer(client: Client): Promise<void> {
  const known = await client.execute("SELECT name FROM sqlite_master WHERE name = '__drizzle_migrations'")
  if (known.rows.length === 0) return
  const applied = await client.execute("SELECT max(created_at) AS latest FROM __drizzle_migrations")
  const latest = Number(applied.rows[0]?.["latest"] ?? 0)
  const newest = Math.max(...readMigrationFiles({ migrationsFolder }).map((migration) => migration.folderMillis))
  if (latest > newest) {
    throw new IbidError("data-folder-newer", "Cannot open the data folder: a newer version of Ibid has written it")
  }
}

function describe(thrown: unknown): string {
  const lines: string[] = []
  for (let error = thrown; error instanceof Error; error = error.cause) lines.push(error.message)
  return lines.join("\n")
}

/** Faults that SQLite finds in itself: broken pages and rows whose parent is missing. Empty when it is sound. */
export async function checkDatabase(database: Database): Promise<string[]> {
  const integrity = await database.read.all<{ integrity_check: string }>(sql`PRAGMA integrity_check`)
  const orphans = await database.read.all<{ table: string }>(sql`PRAGMA foreign_key_check`)
  const faults = integrity.map((row) => row.integrity_check).filter((line) => line !== "ok")
  return [...faults, ...orphans.map((row) => `a row of ${row.table} has no parent`)]
}
