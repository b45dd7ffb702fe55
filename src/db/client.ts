import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Client, createClient } from "@libsql/client/sqlite3"
import type { LibSQLDatabase } from "drizzle-orm/libsql"
import { migrate } from "drizzle-orm/libsql/migrator"
import { drizzle } from "drizzle-orm/libsql/sqlite3"
import { readMigrationFiles } from "drizzle-orm/migrator"
import PQueue from "p-queue"
import { IbidError } from "../core/errors.ts"
import { packageRoot } from "../core/package-root.ts"
import { waitForLocks } from "./busy.ts"
import {
  APPLICATION_ID,
  DATABASE_FILE,
  damagedDatabase,
  isDamage,
  refuseDamagedDatabase,
  refuseDamagedFile,
} from "./check.ts"
import * as schema from "./schema.ts"

type Connection = LibSQLDatabase<typeof schema>
/** What a query needs: the connection, or the transaction that it is part of. */
export type Queries = Pick<
  Connection,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "run" | "all" | "get"
>

export interface Database {
  /** For reads alone. */
  readonly read: Queries
  /**
   * Runs a write transaction; all writes of the process go one after the other. Two at once would wait for each other
   * on the same thread and fail (libsql calls block the thread). A lock of another process is waited for without
   * blocking; throws `overloaded` when that takes 30 s.
   */
  write<T>(work: (transaction: Queries) => Promise<T>): Promise<T>
  /** Writes the file anew without what was deleted and empties the log, so that no page holds an old content. */
  vacuum(): Promise<void>
  dispose(): Promise<void>
}

const migrationsFolder = join(packageRoot, "migrations", "sqlite")

/**
 * Opens `<folder>/ibid.sqlite` and brings its schema up to date. Throws `data-folder-newer` when a newer version has
 * written it, `data-folder-damaged` when it is not a sound database; an empty one is made only where no documents are.
 */
export async function openDatabase(folder: string): Promise<Database> {
  mkdirSync(folder, { recursive: true })
  refuseDamagedFile(folder)
  const url = `file:${join(folder, DATABASE_FILE)}`
  const clients: Client[] = []
  const connect = (concurrency: number): Client => {
    const client = waitForLocks(createClient({ url, timeout: 0, concurrency }), { isAlone: concurrency === 1 })
    clients.push(client)
    return client
  }
  const close = () => {
    for (const client of clients) client.close()
  }
  try {
    // One connection writes and checkpoints: SQLite before 3.51.3 can damage its log when two do so at once.
    const writer = connect(1)
    await refuseDamagedDatabase(writer, folder)
    await refuseNewer(writer)
    await setUp(writer)
    await makeSafe(writer)
    await migrate(drizzle(writer, { schema }), { migrationsFolder })
    return createDatabase(writer, connect(READERS), close)
  } catch (cause) {
    close()
    if (cause instanceof IbidError || !isDamage(cause)) throw cause
    throw damagedDatabase(folder, "SQLite cannot read it", cause)
  }
}

const READERS = 20

function createDatabase(writer: Client, reader: Client, close: () => void): Database {
  const writes = new PQueue({ concurrency: 1 })
  const connection = drizzle(writer, { schema })
  return {
    read: drizzle(reader, { schema }),
    write: (work) =>
      writes.add(async () => {
        await makeSafe(writer)
        return await connection.transaction((transaction) => work(transaction))
      }),
    vacuum: () =>
      writes.add(async () => {
        await writer.execute("VACUUM")
        await emptyLog(writer)
      }),
    dispose: async () => {
      await writes.onIdle()
      await emptyLog(writer)
      close()
    },
  }
}

/** Settings that the file keeps. */
async function setUp(writer: Client): Promise<void> {
  await writer.execute("PRAGMA journal_mode = WAL")
  const id = Number((await writer.execute("PRAGMA application_id")).rows[0]?.[0])
  if (id === 0) await writer.execute(`PRAGMA application_id = ${APPLICATION_ID}`)
}

/** Brings what the log holds into the file. Closing does not: libsql lets go of its statements later than that. */
async function emptyLog(writer: Client): Promise<void> {
  await writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
}

/**
 * Each commit is on the disk when it returns, and deleted rows are overwritten with zeros. Said before each write: the
 * connection may be a new one.
 */
async function makeSafe(writer: Client): Promise<void> {
  await writer.execute("PRAGMA synchronous = FULL")
  await writer.execute("PRAGMA secure_delete = ON")
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
