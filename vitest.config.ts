import { defineConfig } from "vitest/config"
import { createReporter } from "./test/support/reporter.ts"

/** Minutes of one core each, or dependent on the moment: they run with `npm run test:full`. */
export const LONG = ["crash/random-kills.test.ts"]

export default defineConfig({
  test: {
    dir: "test",
    include: ["**/*.test.ts"],
    exclude: ["full/**", ...LONG],
    pool: "forks",
    maxWorkers: 2,
    globalSetup: ["test/support/build.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["default", createReporter()],
  },
})
