import { cpSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { findSearchViolations, findViolations } from "./crash-check.ts"
import { createCrashClient, Refused } from "./crash-client.ts"
import { prepareScene, ROUNDS, type Scenario } from "./crash-scenarios.ts"
import { type CrashServer, type Exit, StartFailed, startCrashServer } from "./crash-server.ts"
import { makeTemporaryFolder } from "./folder.ts"
import { compareWithLedger, openLedger } from "./ledger.ts"

/** A data folder and its ledger, to be copied for each scenario. */
export interface PreparedScene {
  readonly folder: string
  readonly words: ReadonlySet<string>
  dispose(): void
}

export interface PlayResult {
  /** False where the process lived on: the point was not reached so often. */
  readonly isReached: boolean
  readonly violations: readonly string[]
}

/** Fills a folder with the documents that the scenarios change. */
export async function prepareScenes(): Promise<PreparedScene> {
  const { path: folder, remove } = makeTemporaryFolder()
  const data = join(folder, "data")
  mkdirSync(data)
  const words = new Set<string>()
  const server = await startCrashServer({ kind: "light", data })
  try {
    const client = createCrashClient(server, openLedger(join(folder, "ledger.jsonl")))
    await prepareScene({ client, words, folder })
    const violations = await client.violations()
    if (violations.length > 0) throw new Error(`The first server left ${violations.join("; ")}`)
  } finally {
    await server.end("SIGTERM")
  }
  return { folder, words, dispose: remove }
}

/**
 * RD2: plays a scenario until the process has killed itself at its point, the given time it comes by; then another one
 * goes on from there, and everything is checked when its queue is empty, and once more after it has done more.
 */
export async function play(
  { point, steps, damage }: Scenario,
  pass: number,
  prepared: PreparedScene,
  folder: string,
): Promise<PlayResult> {
  cpSync(prepared.folder, folder, { recursive: true })
  const data = join(folder, "data")
  const ledger = openLedger(join(folder, "ledger.jsonl"))
  const words = new Set(prepared.words)
  const scene = { folder: join(folder, "watched"), words }
  damage?.(data)
  const exit = await startAndCrash(`${point}:${pass}`, data, async (server) => {
    const client = createCrashClient(server, ledger)
    for (let round = 1; round <= ROUNDS; round++) {
      for (const step of steps) await step({ ...scene, client, round })
    }
  })
  if (exit === undefined) return { isReached: false, violations: [] }
  if (exit.signal !== "SIGKILL") return { isReached: false, violations: [`it ended with ${exit.code}: ${exit.output}`] }
  const server = await startCrashServer({ kind: "light", data })
  try {
    const client = createCrashClient(server, ledger)
    if (damage !== undefined) await client.violations({ repair: true })
    const violations = await findViolations(client, ledger)
    violations.push(...(await findSearchViolations(client, words)))
    await client.put("after.md", "# After\n\nThe server goes on.")
    violations.push(...compareWithLedger(ledger, await client.settle()))
    return { isReached: true, violations }
  } finally {
    await server.end("SIGKILL")
  }
}

/** How the process ended, which may be while it starts; undefined where the work is done and it has not. */
async function startAndCrash(
  armed: string,
  data: string,
  work: (server: CrashServer) => Promise<void>,
): Promise<Exit | undefined> {
  let server: CrashServer
  try {
    server = await startCrashServer({ kind: "light", data, environment: { IBID_CRASH_POINT: armed } })
  } catch (thrown) {
    if (thrown instanceof StartFailed && thrown.exit !== undefined) return thrown.exit
    throw thrown
  }
  try {
    await work(server)
  } catch (thrown) {
    if (thrown instanceof Refused || thrown instanceof RangeError) throw thrown
    return await server.exited // a server that is gone answers nothing at all
  } finally {
    server.child.kill("SIGKILL")
  }
  return undefined
}
