import { Worker } from "node:worker_threads"
import { onTestFinished } from "vitest"

/**
 * Runs a piece of code over and over in a thread of its own until the test ends, with `fs`, `path` and `data` at hand:
 * for races between what is tested and somebody else's hand in the same folder.
 */
export async function startBusyThread(code: string, data: Readonly<Record<string, string>>): Promise<BusyThread> {
  const flag = new Int32Array(new SharedArrayBuffer(8))
  const program = `
    const fs = require("node:fs"), path = require("node:path")
    const { parentPort, workerData: { flag, data } } = require("node:worker_threads")
    parentPort.postMessage("started")
    while (Atomics.load(flag, 0) === 0) { ${code}; Atomics.add(flag, 1, 1) }
    parentPort.close()`
  const worker = new Worker(program, { eval: true, workerData: { flag, data } })
  const ended = new Promise<void>((resolve, reject) => {
    worker.once("exit", () => resolve())
    worker.once("error", reject)
  })
  const stop = async (): Promise<number> => {
    Atomics.store(flag, 0, 1)
    await ended
    return Atomics.load(flag, 1)
  }
  onTestFinished(async () => {
    await stop()
  })
  await new Promise((resolve) => worker.once("message", resolve))
  return { stop }
}

export interface BusyThread {
  /** Ends it after its present round. Returns how many rounds it has done. */
  stop(): Promise<number>
}
