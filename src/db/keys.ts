import { randomBytes, randomUUID } from "node:crypto"
import { count, eq } from "drizzle-orm"
import { sha256 } from "../core/hash.ts"
import type { CollectionId, Principal } from "../core/types.ts"
import { keys } from "./access-schema.ts"
import type { Database, Queries } from "./client.ts"

/** Makes a key of 256 random bits and keeps its hash: the key itself is shown this once. */
export async function createKey(
  database: Database,
  key: {
    readonly name: string
    readonly role: "admin" | "reader"
    readonly collections: "all" | readonly CollectionId[]
  },
): Promise<string> {
  const secret = `ibid_${randomBytes(32).toString("base64url")}`
  const row = {
    id: `key_${randomUUID()}`,
    name: key.name,
    hash: sha256(secret),
    role: key.role,
    collections: key.collections === "all" ? null : key.collections,
    createdAt: Date.now(),
  }
  await database.write((transaction) =>
    transaction
      .insert(keys)
      .values(row)
      .then(() => undefined),
  )
  return secret
}

/** The principal of a key, or undefined. Looking up a hash tells nothing about the key by its time. */
export async function findPrincipal(queries: Queries, secret: string): Promise<Principal | undefined> {
  const [row] = await queries
    .select()
    .from(keys)
    .where(eq(keys.hash, sha256(secret)))
  return row === undefined ? undefined : toPrincipal(row)
}

/** Who a key stands for, with the rights that its row has. */
export function toPrincipal(row: typeof keys.$inferSelect): Principal {
  const collections = row.collections === null ? "all" : (row.collections as readonly CollectionId[])
  return { id: row.id, kind: "key", role: row.role, collections }
}

export async function countKeys(queries: Queries): Promise<number> {
  const [row] = await queries.select({ keys: count() }).from(keys)
  return row?.keys ?? 0
}
