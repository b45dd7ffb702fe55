import { createCredentials } from "../../src/app/credentials.ts"
import { type Database, openDatabase } from "../../src/db/client.ts"
import { makeTemporaryFolder } from "./folder.ts"
import { type Front, openFront } from "./http-front.ts"

export const OWN = { origin: "http://127.0.0.1:8787" }

export interface SessionFront extends Front {
  readonly folder: string
  readonly database: Database
  /** Signs in with a key and returns what a browser sends back: `name=value`. */
  signIn(key: string, headers?: Readonly<Record<string, string>>): Promise<string>
  /** Status of reading with a cookie. */
  read(cookie: string): Promise<number>
  close(): Promise<void>
}

/** The HTTP front end whose keys and sessions are kept in a database of its own. */
export async function openSessionFront(): Promise<SessionFront> {
  const folder = makeTemporaryFolder()
  const database = await openDatabase(folder.path)
  const front = await openFront(createCredentials(database))
  return {
    ...{ ...front, folder: folder.path, database },
    signIn: async (key, headers = {}) => {
      const response = await front.send("/api/session", { key: null, body: { key }, headers })
      const [cookie = ""] = response.headers.getSetCookie()
      return cookie.split(";")[0] ?? ""
    },
    close: async () => {
      await database.dispose()
      folder.remove()
    },
    read: async (cookie) => (await front.send("/api/documents", { key: null, headers: { cookie } })).status,
  }
}
