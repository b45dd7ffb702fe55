/** For drizzle-kit (`npm run db:generate`), which asks for a default export. */
export default {
  dialect: "sqlite",
  schema: ["./src/db/schema.ts", "./src/db/access-schema.ts"],
  out: "./migrations/sqlite",
}
