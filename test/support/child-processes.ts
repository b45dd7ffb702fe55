import { readdirSync, readFileSync } from "node:fs"

/** Ids of this process' children whose command line names something, from `/proc`. */
export function childProcesses(name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((id) => isChild(id) && readProc(id, "cmdline").includes(name))
    .map(Number)
}

function isChild(id: string): boolean {
  // After the name in parentheses come the state and the parent's id.
  const [state, parent] = readProc(id, "stat")
    .replace(/^.*\) /, "")
    .split(" ")
  return state !== "Z" && parent === String(process.pid)
}

function readProc(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8")
  } catch {
    return "" // it has ended meanwhile
  }
}
