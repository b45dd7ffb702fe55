import type { Job, JobState } from "../core/types.ts"
import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { reasonOf } from "./describe-document.ts"
import { note, print, printJson, shown, table } from "./terminal.ts"

/** Ingestion, newest first. */
export async function listJobsCommand(
  options: { readonly state?: JobState; readonly limit?: number; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    const most = options.limit ?? Number.POSITIVE_INFINITY
    const jobs: Job[] = []
    let cursor: string | null = null
    do {
      const page = { limit: Math.min(500, most - jobs.length), ...(cursor === null ? {} : { cursor }) }
      const call = { principal: LOCAL, signal: context.signal, page }
      const found: Awaited<ReturnType<typeof kb.listJobs>> = await kb.listJobs({
        ...call,
        ...(options.state === undefined ? {} : { state: options.state }),
      })
      jobs.push(...found.data)
      cursor = found.cursor
    } while (cursor !== null && jobs.length < most)
    if (options.json === true) for (const job of jobs) printJson(job)
    else {
      const rows = jobs.map((job) => [
        ...[job.id, job.kind, job.state, String(job.attempts), job.createdAt, shown(job.path)],
        reasonOf(job),
      ])
      if (rows.length > 0) print(table([["ID", "KIND", "STATE", "ATTEMPTS", "CREATED", "PATH", ""], ...rows]))
      note(`${jobs.length} jobs`)
    }
    return 0
  } finally {
    await kb.dispose()
  }
}

/** Ends a job that waits or is being done. */
export async function cancelJobCommand(
  id: string,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    await kb.cancelJob(id, { principal: LOCAL, signal: context.signal })
    if (options.json === true) printJson({ event: "job-cancelled", jobId: id })
    else print(`cancelled ${id}`)
    return 0
  } finally {
    await kb.dispose()
  }
}
