import { type ChildProcess, fork } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { packageRoot } from "./package-root.ts"

export interface ForkOptions {
  /** Limit of the JavaScript heap, MB. */
  readonly heapMb?: number
  /** Room for young objects, MB: the more, the fewer of them are copied. Absent means V8's 16. */
  readonly youngMb?: number
  /** Added to the few names that a child inherits. */
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * Forks a module of ours by its name without extension, beside `parentUrl` (an `import.meta.url`). Where the parent is a
 * source under test, the child is the compiled file of `dist` all the same, for tsx makes its start some times as long;
 * what is not compiled (a test's own child) runs by tsx. The child's stdout goes to our stderr: stdout belongs to
 * results. Structured clone carries typed arrays.
 */
export function forkModule(name: string, parentUrl: string, options: ForkOptions = {}): ChildProcess {
  const beside = fileURLToPath(new URL(`./${name}.js`, parentUrl))
  const compiled = parentUrl.endsWith(".ts") ? join(packageRoot, "dist", relative(packageRoot, beside)) : beside
  const isCompiled = existsSync(compiled)
  const file = isCompiled ? compiled : fileURLToPath(new URL(`./${name}.ts`, parentUrl))
  const execArgv = isCompiled ? [] : ["--import", createRequire(parentUrl).resolve("tsx")]
  if (options.heapMb !== undefined) execArgv.push(`--max-old-space-size=${options.heapMb}`)
  if (options.youngMb !== undefined) execArgv.push(`--max-semi-space-size=${options.youngMb}`)
  return fork(file, [], {
    execArgv,
    serialization: "advanced",
    stdio: ["ignore", 2, 2, "ipc"],
    env: { ...inheritedEnvironment(), ...options.environment },
  })
}

/** A child needs the path and the language, and none of the service's secrets. */
function inheritedEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {}
  // biome-ignore lint/style/noProcessEnv: the one place that hands an environment on, and it hands on three names.
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && /^(PATH|HOME|LANG|LC_ALL|TZ|TMPDIR)$/.test(name)) kept[name] = value
  }
  return kept
}
