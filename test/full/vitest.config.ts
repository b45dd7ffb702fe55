import { defineConfig } from "vitest/config"
import { createReporter } from "../support/reporter.ts"

/** Tests of minutes, one after the other: `npm run test:full`. */
export default defineConfig({
  test: {
    dir: "test",
    include: ["full/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    globalSetup: ["test/support/build.ts"],
    testTimeout: 60 * 60_000,
    hookTimeout: 10 * 60_000,
    reporters: ["default", createReporter()],
  },
})
