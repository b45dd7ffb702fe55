import { chmodSync } from "node:fs"

/** Root may read everything, so the work is done as nobody, who may see the folder. */
export async function withoutPrivilege<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return await work()
  chmodSync(folder, 0o755)
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
