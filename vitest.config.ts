import { defineConfig } from "vitest/config"
import { createReporter } from "./test/support/reporter.ts"

export default defineConfig({
  test: {
    dir: "test",
    include: ["**/*.test.ts"],
    exclude: ["full/**"],
    pool: "forks",
    // Of two cores, because many tests wait: for processes that are killed, for clocks, for files to settle.
    maxWorkers: 3,
    globalSetup: ["test/support/build.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["default", createReporter()],
  },
})
