import type { Reporter, TestModule } from "vitest/node"

/**
 * Prints why a test was skipped and closes with `N passed, N failed, N skipped`, alone on the last line. A file that
 * cannot be loaded counts as one failure.
 */
export function createReporter(print: (line: string) => void = (line) => process.stdout.write(`${line}\n`)): Reporter {
  return {
    onTestRunEnd: (modules: readonly TestModule[], errors: readonly unknown[]) => {
      const counts = { passed: 0, failed: errors.length, skipped: 0 }
      for (const module of modules) {
        const before = counts.failed
        for (const test of module.children.allTests()) {
          const result = test.result()
          if (result.state === "passed") counts.passed++
          else if (result.state === "failed") counts.failed++
          else {
            counts.skipped++
            print(`skipped: ${test.fullName} (${("note" in result && result.note) || "no reason was given"})`)
          }
        }
        if (module.state() === "failed" && counts.failed === before) counts.failed++
      }
      print(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    },
  }
}
