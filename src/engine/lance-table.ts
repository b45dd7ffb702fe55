import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs"
import { rm } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import type { Connection, Table } from "@lancedb/lancedb"
import type { Schema } from "apache-arrow"
import { toIbidError } from "../core/errors.ts"
import type { Log } from "../core/types.ts"
import { schemaOf } from "./lance-rows.ts"
import { openSeal, type Seal } from "./lance-seal.ts"

type Lance = typeof import("@lancedb/lancedb")

export interface OpenedTable {
  /** Checksums of the table's files. */
  readonly seal: Seal
  readonly lance: Lance
  readonly connection: Connection
  readonly table: Table
  readonly schema: Schema
}

export interface TablePlace {
  readonly folder: string
  /** Name of the table. */
  readonly generation: string
  readonly dimensions: number
  readonly log: Log
}

/** As LanceDB names it after its column. */
export const VECTOR_INDEX = "vector_idx"

/**
 * Opens the table, or makes it with its scalar and full-text indexes. One that is damaged is put aside, because its rows
 * can be made again from SQL, and an empty one takes its place; damaged indexes are made again from the rows. A commit
 * that was not sealed is taken back: SQL does not know of it. LanceDB is loaded here, on first use.
 */
export async function openTable(place: TablePlace): Promise<OpenedTable> {
  const { folder, generation, dimensions, log } = place
  // A bad name makes the native code panic.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(generation)) throw new RangeError(`"${generation}" cannot name a generation`)
  if (!Number.isInteger(dimensions) || dimensions < 1) throw new RangeError(`Vectors cannot have ${dimensions} numbers`)
  setNativeEnvironment()
  const lance = await import("@lancedb/lancedb")
  const schema = schemaOf(dimensions)
  mkdirSync(folder, { recursive: true })
  const seal = openSeal(join(folder, `${generation}.seal`), tableFolder(place))
  const hasDamagedIndexes = await checkSeal(seal, place)
  // A connection of its own each time: its caches must not remember a table that was put aside.
  const connection = await lance.connect(folder, { readConsistencyInterval: 0 })
  const opened = { lance, connection, schema, seal }
  if ((await connection.tableNames()).includes(generation)) {
    try {
      const table = await connection.openTable(generation)
      if (hasDamagedIndexes) {
        await dropIndexes(table)
        await createIndexes(lance, table)
      }
      await seal.close()
      return { ...opened, table }
    } catch (thrown) {
      if (!isDamage(thrown)) throw toIbidError(thrown)
      log("error", "the index cannot be opened; it is put aside and made again", { generation, error: thrown })
      await putAside(place, seal)
    }
  }
  const table = await connection.createEmptyTable(generation, schema)
  await createIndexes(lance, table)
  await seal.close()
  return { ...opened, table }
}

/** Before LanceDB reads a file: what is damaged goes out of its way. True where indexes have to be made again. */
async function checkSeal(seal: Seal, place: TablePlace): Promise<boolean> {
  const { generation, log } = place
  const { damaged, unsealedManifests } = await seal.verify("ends")
  if (damaged.some((path) => !isOfIndex(path))) {
    log("error", "files of the index are damaged; it is put aside and made again", { generation, files: damaged })
    await putAside(place, seal)
    return false
  }
  for (const path of unsealedManifests) await rm(join(tableFolder(place), path))
  if (unsealedManifests.length > 0) {
    log("info", "commits of the index that SQL does not know of are taken back", { commits: unsealedManifests.length })
  }
  if (damaged.length > 0) log("error", "indexes are damaged and are made again", { generation, files: damaged })
  return damaged.length > 0
}

/** Files that hold no rows. */
export function isOfIndex(path: string): boolean {
  return path.startsWith("_indices/")
}

/** Makes the full-text and scalar indexes, anew where they are. */
export async function createIndexes(lance: Lance, table: Table): Promise<void> {
  await createTextIndex(lance, table)
  for (const column of ["chunk_id", "document_id"]) await table.createIndex(column, { config: lance.Index.btree() })
  for (const column of ["collection_id", "acl_class"]) await table.createIndex(column, { config: lance.Index.bitmap() })
}

/** Without reading them. */
export async function dropIndexes(table: Table): Promise<void> {
  for (const { name } of await table.listIndices()) await table.dropIndex(name)
}

/** Makes the full-text index, anew where there is one. */
async function createTextIndex(lance: Lance, table: Table): Promise<void> {
  const words = { language: "English", stem: true, removeStopWords: true, lowercase: true, asciiFolding: true } as const
  await table.createIndex("lexical_text", { config: lance.Index.fts({ ...words, withPosition: false }), replace: true })
}

/** The table's folder under a name that is no table's, kept until the rows stand in their place again. */
export async function putAside(place: TablePlace, seal: Seal): Promise<void> {
  const folder = tableFolder(place)
  if (existsSync(folder)) renameSync(folder, join(place.folder, `${place.generation}${ASIDE}${Date.now()}`))
  await seal.remove()
}

export async function discardAside({ folder, generation }: TablePlace): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${generation}${ASIDE}`)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

const ASIDE = ".damaged-"

export function tableFolder({ folder, generation }: Pick<TablePlace, "folder" | "generation">): string {
  return join(folder, `${generation}.lance`)
}

/** LanceDB says what is wrong in words alone; what is no refusal, abort or full disk is a file that it cannot read. */
export function isDamage(thrown: unknown): boolean {
  return toIbidError(thrown).code === "internal" && !(thrown instanceof RangeError || thrown instanceof TypeError)
}

/** The native library takes these from the environment alone, once, when it is loaded. What the owner has set stays. */
function setNativeEnvironment(): void {
  // biome-ignore lint/style/noProcessEnv: written, not read, for a library that offers no other way.
  const environment = process.env
  environment["LANCEDB_LOG"] ??= "error"
  // It keeps two cores back for input and output: on two cores its default is a configuration that it warns of.
  environment["LANCE_CPU_THREADS"] ??= String(Math.max(2, availableParallelism()))
}
