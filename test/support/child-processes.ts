import { readdirSync, readFileSync } from "node:fs"

/** Ids of a process' children whose command line names something, from `/proc`; of this process unless one is named. */
export function childProcesses(name: string, parent = process.pid): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((id) => isChild(id, parent) && readProc(id, "cmdline").includes(name))
    .map(Number)
}

function isChild(id: string, ofProcess: number): boolean {
  // After the name in parentheses come the state and the parent's id.
  const [state, parent] = readProc(id, "stat")
    .replace(/^.*\) /, "")
    .split(" ")
  return state !== "Z" && parent === String(ofProcess)
}

function readProc(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8")
  } catch {
    return "" // it has ended meanwhile
  }
}
