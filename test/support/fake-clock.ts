import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface FakeClock {
  /** Of the process whose clock it is. */
  readonly environment: Readonly<Record<string, string>>
  /** The wall clock of the process stands that many days ahead of the true time, within the next tick. */
  jump(days: number): void
}

/**
 * A wall clock that jumps while a process runs, by libfaketime (Debian's package `faketime`); undefined where it is not
 * installed. Monotonic time and the times of files stay true, as they do when somebody sets a clock. `file` is written.
 */
export function createFakeClock(file: string): FakeClock | undefined {
  const library = findLibrary()
  if (library === undefined) return undefined
  const jump = (days: number): void => writeFileSync(file, `${days < 0 ? "" : "+"}${days}d\n`)
  jump(0)
  return {
    jump,
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    },
  }
}

function findLibrary(): string | undefined {
  for (const architecture of entriesOf("/usr/lib")) {
    const folder = join("/usr/lib", architecture, "faketime")
    const name = entriesOf(folder).find((entry) => entry.startsWith("libfaketimeMT.so"))
    if (name !== undefined) return join(folder, name)
  }
  return undefined
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // another architecture keeps nothing there
  }
}
