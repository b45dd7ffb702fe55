import { type ChildProcess, execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import type { Log } from "../src/core/types.ts"

export interface MemoryGuard {
  /** Calls back once the process holds more than its limit. Returns what ends the watch. */
  watch(onExceeded: () => void): () => void
  /** What the process holds beyond what it held at its start, MB. */
  grownMb(): number
  /** Whether an end of the process looks like one for want of memory. */
  isExhausted(exitSignal: NodeJS.Signals | null, exitCode: number | null): boolean
}

/** The JavaScript heap's share of a document's memory; the rest is for buffers, which live outside of it. */
export function heapMbFor(memoryMb: number): number {
  return Math.max(MIN_HEAP_MB, Math.floor(memoryMb * 0.75))
}

/**
 * Three lines of defence: V8's heap limit (given at the start), the kernel's limit on data (`prlimit`, where there is
 * one; address space would be the wrong measure, for V8 reserves far more than it uses), and a watch over the resident
 * memory, which also sees what a child maps in ways that the kernel's limit does not count.
 */
export async function guardMemory(
  child: ChildProcess,
  options: { readonly memoryMb: number; readonly log: Log },
): Promise<MemoryGuard> {
  const pid = child.pid
  // Both limits count from what the started child has: WebAssembly reserves a gigabyte of data that it never touches, and
  // a child that runs from its sources holds their maps.
  const residentMb = (): number | undefined => (pid === undefined ? undefined : statusMb(pid, "VmRSS"))
  const restingMb = Math.max(NODE_MB, residentMb() ?? 0)
  const limitMb = options.memoryMb + restingMb
  const startedMb = pid === undefined ? undefined : statusMb(pid, "VmData")
  if (pid !== undefined && startedMb !== undefined) await limitData(pid, (startedMb + limitMb) * MB, options.log)
  let lastResidentMb = 0
  return {
    watch(onExceeded) {
      lastResidentMb = 0
      const timer = setInterval(() => {
        lastResidentMb = residentMb() ?? lastResidentMb
        if (lastResidentMb > limitMb) onExceeded()
      }, WATCH_MS)
      return () => clearInterval(timer)
    },
    grownMb: () => (residentMb() ?? 0) - restingMb,
    isExhausted(exitSignal, exitCode) {
      // V8 ends a process with a full heap by abort (134 when a shell stands between) or by trap.
      if (exitSignal === "SIGABRT" || exitSignal === "SIGTRAP" || exitSignal === "SIGILL" || exitCode === 134)
        return true
      return lastResidentMb > limitMb * 0.9
    },
  }
}

const MB = 1024 * 1024
const MIN_HEAP_MB = 64
/** What Node with the parsers takes before it has seen a document. */
const NODE_MB = 160
const WATCH_MS = 100

async function limitData(pid: number, bytes: number, log: Log): Promise<void> {
  await new Promise<void>((resolve) => {
    execFile("prlimit", ["--pid", String(pid), `--data=${bytes}`], (error) => {
      if (error !== null) log("debug", "no kernel limit on the parser's memory", { error: error.message })
      resolve()
    })
  })
}

/** A line of the process's status; undefined where the system has none (not Linux) or the process is gone. */
function statusMb(pid: number, name: "VmRSS" | "VmData"): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1")
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]
    return kilobytes === undefined ? undefined : Math.ceil(Number(kilobytes) / 1024)
  } catch {
    return undefined // A process that has ended has no status.
  }
}
