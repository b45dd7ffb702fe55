import type { Job } from "../../src/core/types.ts"
import { childProcesses } from "./child-processes.ts"
import type { CrashClient } from "./crash-client.ts"
import { type CrashServer, wait } from "./crash-server.ts"

/** A child of the server, by its module, and the state of the job that it works on. */
export interface Work {
  readonly module: "parser-child" | "transformers-child" | "ocr-child"
  readonly kind: Job["kind"]
  readonly state: Job["state"]
}

export const PARSING: Work = { module: "parser-child", kind: "index", state: "parsing" }
export const EMBEDDING: Work = { module: "transformers-child", kind: "index", state: "embedding" }
export const RECOGNISING: Work = { module: "ocr-child", kind: "recognise", state: "parsing" }

const TIMEOUT_MS = 60_000
const POLL_MS = 10

/**
 * Kills the server's children of one kind in the middle of a job: they are halted, the job is brought to where it waits
 * for them, and then they are killed. The children have to be there, from a job before. Returns how many were killed.
 */
export async function killInJob(
  server: CrashServer,
  client: CrashClient,
  work: Work,
  bring: () => Promise<{ readonly jobId: string | null; readonly documentId: string }>,
): Promise<{ readonly killed: number; readonly documentId: string }> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  const children = childProcesses(work.module, server.child.pid)
  if (children.length === 0) throw new Error(`The server has no ${work.module}`)
  for (const id of children) process.kill(id, "SIGSTOP")
  try {
    const { documentId } = await bring()
    const isUnderWay = (job: Job): boolean =>
      job.documentId === documentId && job.kind === work.kind && job.state === work.state
    while (!(await client.jobs()).some(isUnderWay)) await wait(POLL_MS, deadline)
    return { killed: children.length, documentId }
  } finally {
    for (const id of children) process.kill(id, "SIGKILL")
  }
}

/** Kills each child of one kind as soon as it is there, until the document's job has ended; returns how many. */
export async function killAlways(
  server: CrashServer,
  client: CrashClient,
  { module }: Pick<Work, "module">,
  documentId: string,
): Promise<number> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  const killed = new Set<number>()
  for (;;) {
    for (const id of childProcesses(module, server.child.pid)) {
      killed.add(id)
      process.kill(id, "SIGKILL")
    }
    const jobs = (await client.jobs()).filter((job) => job.documentId === documentId)
    if (jobs.length > 0 && jobs.every(({ state }) => state === "failed" || state === "indexed")) return killed.size
    await wait(POLL_MS, deadline)
  }
}
