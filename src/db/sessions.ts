import { randomBytes } from "node:crypto"
import { and, desc, eq, gt, lte, notInArray, or } from "drizzle-orm"
import { sha256 } from "../core/hash.ts"
import type { Principal } from "../core/types.ts"
import { keys, sessions } from "./access-schema.ts"
import type { Database, Queries } from "./client.ts"
import { findPrincipal, toPrincipal } from "./keys.ts"

/** A month without a new sign-in. */
const SESSION_SECONDS = 30 * 24 * 60 * 60
/** More browsers than the people of one key have; the oldest go, so that a loop of sign-ins cannot fill the disk. */
const MOST_SESSIONS_A_KEY = 50

export interface OpenedSession {
  /** 256 random bits in base64url, given this once: it names the session and says nothing of the key. */
  readonly secret: string
  readonly principal: Principal
  readonly lifetimeSeconds: number
}

/**
 * Begins a session of a key, in place of `replaced` where that is one. Undefined, and nothing changes, for a key that is
 * not known.
 */
export async function openSession(
  database: Database,
  key: string,
  replaced?: string,
): Promise<OpenedSession | undefined> {
  // nobody without a key makes the database write
  if ((await findPrincipal(database.read, key)) === undefined) return undefined
  const secret = randomBytes(32).toString("base64url")
  return await database.write(async (transaction) => {
    const principal = await findPrincipal(transaction, key)
    if (principal === undefined) return undefined
    const createdAt = Date.now()
    if (replaced !== undefined) await transaction.delete(sessions).where(eq(sessions.hash, sha256(replaced)))
    await sweep(transaction, createdAt)
    const expiresAt = createdAt + SESSION_SECONDS * 1_000
    await transaction.insert(sessions).values({ hash: sha256(secret), keyId: principal.id, createdAt, expiresAt })
    await keepNewest(transaction, principal.id)
    return { secret, principal, lifetimeSeconds: SESSION_SECONDS }
  })
}

/**
 * The principal of a session's key, as it is now; undefined for a session that is not known or is over, or whose key is
 * gone. Looking up a hash tells nothing about the secret by its time.
 */
export async function findSession(queries: Queries, secret: string): Promise<Principal | undefined> {
  const [row] = await queries
    .select({ key: keys })
    .from(sessions)
    .innerJoin(keys, eq(keys.id, sessions.keyId))
    .where(and(eq(sessions.hash, sha256(secret)), gt(sessions.expiresAt, Date.now())))
  return row === undefined ? undefined : toPrincipal(row.key)
}

/** Ends a session for every browser that has its secret. One that is not known is no failure. */
export async function closeSession(database: Database, secret: string): Promise<void> {
  if ((await findSession(database.read, secret)) === undefined) return // what is over goes with the next sign-in
  await database.write(async (transaction) => {
    await transaction.delete(sessions).where(eq(sessions.hash, sha256(secret)))
  })
}

/** Takes out what is over, and what a key has left that another program removed: SQLite cascades only when it is asked to. */
async function sweep(transaction: Queries, now: number): Promise<void> {
  const known = transaction.select({ id: keys.id }).from(keys)
  await transaction.delete(sessions).where(or(lte(sessions.expiresAt, now), notInArray(sessions.keyId, known)))
}

async function keepNewest(transaction: Queries, keyId: string): Promise<void> {
  const newest = transaction
    .select({ sequence: sessions.sequence })
    .from(sessions)
    .where(eq(sessions.keyId, keyId))
    .orderBy(desc(sessions.sequence))
    .limit(MOST_SESSIONS_A_KEY)
  await transaction.delete(sessions).where(and(eq(sessions.keyId, keyId), notInArray(sessions.sequence, newest)))
}
