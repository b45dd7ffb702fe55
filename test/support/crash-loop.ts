import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { findSearchViolations, findViolations } from "./crash-check.ts"
import { createCrashClient } from "./crash-client.ts"
import { type CrashServerOptions, startCrashServer, wait } from "./crash-server.ts"
import { createDocument, createRandom, runWorkload, type Workload } from "./crash-workload.ts"
import { openLedger } from "./ledger.ts"

export interface LoopOptions extends Pick<CrashServerOptions, "kind"> {
  /** Empty folder for the data, the ledger and the watched files. */
  readonly folder: string
  readonly kills: number
  readonly seed: number
  /** Documents that are there before the first kill. */
  readonly documents?: number
  /** Share of the kills after which the next server is killed too before anything has been checked. */
  readonly unchecked?: number
}

export interface LoopResult {
  readonly kills: number
  readonly acknowledged: number
  readonly violations: readonly string[]
  readonly slowestReadyMs: number
}

/** Canary words that are asked for after a kill. */
const WORDS_PER_CHECK = 8
/** Of each document that is there before: two chunks, for it is their number that a start could suffer from. */
const STILL_BYTES = 800
/** A kill comes after a random number of acknowledgements, fewer than this, so that a slow machine does as much. */
const MOST_OPERATIONS = 12
/** And then at a random moment of the next operations. */
const LONGEST_AFTER_MS = 400
const WORK_TIMEOUT_MS = 120_000
const POLL_MS = 10

/**
 * RD1: four clients work on a server that is killed at a random moment and started again, over and over; after each
 * kill the queue is waited for and everything is checked. Ends with the first kill that leaves a violation.
 */
export async function runKillLoop(options: LoopOptions): Promise<LoopResult> {
  const { folder, kind, kills, seed } = options
  const random = createRandom(seed)
  const data = join(folder, "data")
  mkdirSync(data, { recursive: true })
  const ledger = openLedger(join(folder, "ledger.jsonl"))
  const words = new Set<string>()
  const workloads: Workload[] = ["a", "b", "c", "f"].map((name, index) => ({
    ...{ name, random: createRandom(seed * 31 + index), canaries: new Set() },
    ...(name === "f" && { folder: join(folder, "watched") }),
  }))
  let slowestReadyMs = 0
  for (let kill = 0; ; kill++) {
    const server = await startCrashServer({ kind, data })
    const client = createCrashClient(server, ledger)
    slowestReadyMs = Math.max(slowestReadyMs, server.readyMs)
    const violations: string[] = []
    if (kill === 0) {
      for (let number = 0; number < (options.documents ?? 0); number++) {
        await client.put(`still/${number}.md`, createDocument(random, STILL_BYTES).content)
      }
    }
    if (kill === kills || kill === 0 || random() >= (options.unchecked ?? 0)) {
      violations.push(...(await findViolations(client, ledger)))
      for (const { canaries } of workloads) for (const word of canaries) words.add(word)
      violations.push(...(await findSearchViolations(client, [...words].slice(-WORDS_PER_CHECK))))
    }
    if (kill === kills || violations.length > 0) {
      await server.end("SIGKILL")
      return { kills: kill, acknowledged: ledger.acknowledged, violations, slowestReadyMs }
    }
    const stop = new AbortController()
    const working = workloads.map((workload) => runWorkload(workload, client, stop.signal))
    const wanted = ledger.acknowledged + Math.floor(random() * MOST_OPERATIONS)
    const deadline = AbortSignal.timeout(WORK_TIMEOUT_MS)
    const worked = async (): Promise<void> => {
      while (ledger.acknowledged < wanted && !stop.signal.aborted) await wait(POLL_MS, deadline)
      await wait(random() * LONGEST_AFTER_MS)
    }
    try {
      await Promise.race([worked(), ...working])
    } finally {
      stop.abort()
      await server.end("SIGKILL")
    }
    await Promise.all(working)
  }
}
