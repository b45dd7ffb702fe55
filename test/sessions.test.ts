import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { count, type SQL, sql } from "drizzle-orm"
import { expect, onTestFinished, test } from "vitest"
import { sha256 } from "../src/core/hash.ts"
import { sessions } from "../src/db/access-schema.ts"
import { checkDatabase, DATABASE_FILE } from "../src/db/check.ts"
import type { Database } from "../src/db/client.ts"
import { json } from "./support/http-front.ts"
import { OWN, openSessionFront, type SessionFront } from "./support/session-front.ts"

const MONTH_MS = 30 * 24 * 60 * 60 * 1_000
const secretOf = (cookie: string) => cookie.slice(cookie.indexOf("=") + 1)

async function open(): Promise<SessionFront> {
  const front = await openSessionFront()
  onTestFinished(() => front.close())
  return front
}

/** What a person with SQL at hand changes. */
async function change(database: Database, statement: SQL): Promise<void> {
  await database.write(async (transaction) => {
    await transaction.run(statement)
  })
}

async function countSessions(database: Database): Promise<number> {
  const [row] = await database.read.select({ sessions: count() }).from(sessions)
  return row?.sessions ?? 0
}

test("the cookie of a session has nothing of the key, and the disk has neither", async () => {
  const { signIn, admin, folder, read } = await open()
  const cookie = await signIn(admin)
  expect(cookie).toMatch(/^ibid_session_8787=[\w-]{43}$/)
  expect(cookie).not.toContain(admin.slice("ibid_".length))
  expect(await read(cookie)).toBe(200)
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  const isOnDisk = (text: string) => files.some((bytes) => bytes.includes(text))
  expect(isOnDisk(sha256(secretOf(cookie)))).toBe(true)
  expect([admin, secretOf(cookie)].filter(isOnDisk)).toEqual([])
})

test("a session lasts for thirty days, whatever the cookie says, and is then refused", async () => {
  const { signIn, admin, database, read } = await open()
  const before = Date.now()
  const cookie = await signIn(admin)
  const [row] = await database.read.select().from(sessions)
  expect(row?.expiresAt).toBe((row?.createdAt ?? 0) + MONTH_MS)
  expect(row?.createdAt).toBeGreaterThanOrEqual(before)
  await change(database, sql`UPDATE sessions SET expires_at = ${Date.now()}`)
  expect(await read(cookie)).toBe(401)
})

test("a sign-in sweeps the sessions of all keys that are over", async () => {
  const { signIn, admin, reader, database, read } = await open()
  await signIn(reader)
  await change(database, sql`UPDATE sessions SET expires_at = ${Date.now()}`)
  const cookie = await signIn(admin)
  expect(await countSessions(database)).toBe(1)
  expect(await read(cookie)).toBe(200)
})

test("signing out ends the session for who has copied its cookie, and no other session", async () => {
  const { signIn, send, admin, database, read } = await open()
  const [copied, other] = [await signIn(admin), await signIn(admin)]
  const response = await send("/api/session", { key: null, method: "DELETE", headers: { ...OWN, cookie: copied } })
  expect(response.status).toBe(204)
  expect([await read(copied), await read(other)]).toEqual([401, 200])
  expect(await countSessions(database)).toBe(1)
})

test.each([{}, { "sec-fetch-site": "cross-site" }])(
  "a sign-out that does not come from the page ends nothing: %o",
  async (headers) => {
    const { signIn, send, admin, read } = await open()
    const cookie = await signIn(admin)
    const response = await send("/api/session", { key: null, method: "DELETE", headers: { ...headers, cookie } })
    expect(response.status).toBe(403)
    expect(response.headers.get("set-cookie")).toBeNull()
    expect(await read(cookie)).toBe(200)
  },
)

test("a session ends with its key, at once and with its row", async () => {
  const { signIn, send, admin, reader, database, read } = await open()
  const [cookie, other] = [await signIn(reader), await signIn(admin)]
  await change(database, sql`DELETE FROM keys WHERE hash = ${sha256(reader)}`)
  expect([await read(cookie), await read(other)]).toEqual([401, 200])
  expect(await json(await send("/api/session", { key: null, headers: { cookie } }))).toEqual({ principal: null })
  expect(await countSessions(database)).toBe(1)
})

test("a key that sqlite3 has removed, without a look at foreign keys, ends its session; the next sign-in sweeps it", async () => {
  const { signIn, admin, reader, folder, database, read } = await open()
  const cookie = await signIn(reader)
  const client = createClient({ url: `file:${join(folder, DATABASE_FILE)}` })
  await client.execute("PRAGMA foreign_keys = OFF")
  await client.execute({ sql: "DELETE FROM keys WHERE hash = ?", args: [sha256(reader)] })
  client.close()
  expect(await checkDatabase(database)).toEqual(["a row of sessions has no parent"])
  expect(await read(cookie)).toBe(401)
  await signIn(admin)
  expect(await checkDatabase(database)).toEqual([])
})

test("a session has the rights that its key has when it asks", async () => {
  const { signIn, send, admin, database } = await open()
  const cookie = await signIn(admin)
  const before = await json(await send("/api/session", { key: null, headers: { cookie } }))
  await change(database, sql`UPDATE keys SET role = 'reader', collections = '["hr"]' WHERE hash = ${sha256(admin)}`)
  const principal = { id: before.principal.id, role: "reader", collections: ["hr"] }
  expect(await json(await send("/api/session", { key: null, headers: { cookie } }))).toEqual({ principal })
  const upload = { key: null, body: "text", headers: { ...OWN, cookie, "content-type": "text/plain" } }
  expect((await send("/api/documents?path=new.txt", upload)).status).toBe(403)
})

test("signing in again in the same browser replaces its session, also that of another key", async () => {
  const { signIn, admin, reader, database, read } = await open()
  const first = await signIn(reader)
  const second = await signIn(admin, { cookie: first })
  expect([await read(first), await read(second)]).toEqual([401, 200])
  expect(await countSessions(database)).toBe(1)
})

test("a sign-in with a wrong key leaves the session of the browser as it is, and writes nothing", async () => {
  const { signIn, admin, database, read } = await open()
  const cookie = await signIn(admin)
  expect(await signIn("ibid_wrong", { cookie })).toBe("")
  expect(await read(cookie)).toBe(200)
  expect(await countSessions(database)).toBe(1)
})

test("a thousand sign-ins leave the newest fifty of the key, and another key's as they are", async () => {
  const { signIn, kb, admin, reader, database, read } = await open()
  const other = await signIn(reader)
  const first = await signIn(admin)
  for (let number = 0; number < 950; number++) await kb.openSession(admin)
  const newest: string[] = []
  for (let number = 0; number < 50; number++) newest.push((await kb.openSession(admin))?.secret ?? "")
  expect(await countSessions(database)).toBe(51)
  const found = await Promise.all(newest.map((secret) => kb.findSession(secret)))
  expect(found.filter((principal) => principal?.role === "admin")).toHaveLength(50)
  expect([await read(other), await read(first)]).toEqual([200, 401])
})
