/** Who may come in: keys, and the browsers that have signed in with them. Hashes alone; no secret is kept. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core"

export const keys = sqliteTable("keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** SHA-256 of the key: a key is 256 random bits, so a slow hash adds nothing. */
  hash: text("hash").notNull().unique(),
  role: text("role", { enum: ["admin", "reader"] }).notNull(),
  /** Null: all collections. */
  collections: text("collections", { mode: "json" }).$type<readonly string[]>(),
  createdAt: integer("created_at").notNull(),
})

/** A browser that has signed in. It has the rights of its key, as they are when it asks, and ends with it. */
export const sessions = sqliteTable(
  "sessions",
  {
    /** Order of signing in, whatever the clock says. */
    sequence: integer("sequence").primaryKey({ autoIncrement: true }),
    /** SHA-256 of the secret in the cookie: 256 random bits, as a key is. */
    hash: text("hash").notNull().unique(),
    keyId: text("key_id")
      .notNull()
      .references(() => keys.id, { onDelete: "cascade" }),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("sessions_key").on(table.keyId)],
)
