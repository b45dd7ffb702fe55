import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

export interface Measured {
  readonly seconds: number
  readonly stdout: string
  /** Largest sum of the proportional set sizes (shared pages counted once) of the process and all below it, MB. */
  readonly peakMb: number
}

const SAMPLE_INTERVAL_MS = 250

/** Runs a command to its end; throws when it fails. Memory is sampled four times a second. */
export async function measure(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Measured> {
  const started = performance.now()
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  })
  let stdout = ""
  let peakMb = 0
  child.stdout.on("data", (piece: Buffer) => {
    stdout += piece.toString()
  })
  const timer = setInterval(() => {
    if (child.pid !== undefined) peakMb = Math.max(peakMb, treeMb(child.pid))
  }, SAMPLE_INTERVAL_MS)
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
  return { seconds: (performance.now() - started) / 1000, stdout, peakMb }
}

/** Proportional set size of a process and its descendants, MB. */
export function treeMb(root: number): number {
  const parents = new Map<number, number>()
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue
    const stat = readOrEmpty(`/proc/${name}/stat`)
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]))
  }
  let kilobytes = 0
  for (const pid of parents.keys()) {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
      if (at !== root) continue
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
      break
    }
  }
  return kilobytes / 1024
}

/** A process may end between listing and reading. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** Resident memory of one process, MB. */
export function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
}
