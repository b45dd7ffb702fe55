import { type ChildProcess, type StdioOptions, spawn } from "node:child_process"
import { join } from "node:path"
import { packageRoot } from "./core/package-root.ts"

/** The compiled command line. */
const cli = join(packageRoot, "dist", "src", "cli.js")

/**
 * How the C library keeps the memory that native code has freed (`mallopt(3)`); it reads this from the environment alone,
 * when a process starts. Left to itself it gives the 30 threads of LanceDB sixteen heaps on two cores, each of which keeps
 * what is freed in it: 2,900 chunks added beside searches took 72 MB; with two heaps 56 MB; and with heaps that give back
 * more than 1 MiB of free memory at their end, and larger pieces on their own, 46 MB, at 2.5 page faults a search instead
 * of 0.9 and no processor time that could be measured. At 128 KiB it is 40 MB, but 25 faults.
 */
const NATIVE_MEMORY = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024),
  MALLOC_MMAP_THRESHOLD_: String(1024 * 1024),
}

export interface LaunchOptions {
  readonly stdio: StdioOptions
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Starts the program as a process of its own. What the owner has set in the environment stays. */
export function launch(args: readonly string[], { stdio, environment }: LaunchOptions): ChildProcess {
  return spawn(process.execPath, [cli, ...args], { stdio, env: { ...NATIVE_MEMORY, ...environment } })
}
