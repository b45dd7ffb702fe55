import type { Database } from "../db/client.ts"
import { toCollectionId } from "../db/collections.ts"
import { countKeys, createKey, findPrincipal } from "../db/keys.ts"
import { closeSession, findSession, openSession } from "../db/sessions.ts"
import type { KnowledgeBase } from "./knowledge-base.ts"

/** What opens the door: keys, and sessions of browsers that have signed in with one. */
export function createCredentials(
  database: Database,
): Pick<KnowledgeBase, "authenticate" | "createKey" | "countKeys" | "openSession" | "findSession" | "closeSession"> {
  return {
    authenticate: (key) => findPrincipal(database.read, key),
    createKey: (options) =>
      createKey(database, {
        ...options,
        collections: options.collections === "all" ? "all" : options.collections.map(toCollectionId),
      }),
    countKeys: () => countKeys(database.read),
    openSession: (key, { replaced } = {}) => openSession(database, key, replaced),
    findSession: (secret) => findSession(database.read, secret),
    closeSession: (secret) => closeSession(database, secret),
  }
}
