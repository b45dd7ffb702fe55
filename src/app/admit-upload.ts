import { hasRoom } from "../../ingest/disk-room.ts"
import { IbidError } from "../core/errors.ts"
import { countUnfinished } from "../db/jobs.ts"
import { DISK_RETRY_MS, type Ingestion } from "./ingestion.ts"
import type { Parts } from "./parts.ts"

/** Until the pace of the queue is known. */
const DEFAULT_SECONDS = 5
/** Share of the queue that has to be free again before it is worth coming back. */
const FREE_SHARE = 0.01

/**
 * Refuses a document while it could only wait or be lost, and says when to come back (`retryAfterSeconds`, from the pace
 * at which the queue is worked off). Throws `overloaded`, `disk-full`.
 */
export async function admitUpload(parts: Parts, ingestion: Pick<Ingestion, "secondsFor">): Promise<void> {
  const limit = parts.maxQueuedJobs ?? Number.POSITIVE_INFINITY
  const { index: waiting } = await countUnfinished(parts.database.read)
  if (waiting >= limit) {
    const tooMany = waiting - limit + Math.max(1, Math.ceil(limit * FREE_SHARE))
    const retryAfterSeconds = ingestion.secondsFor(tooMany) ?? DEFAULT_SECONDS
    const message = `Cannot take the document now: ${waiting} others wait to be indexed`
    throw new IbidError("overloaded", message, { context: { retryAfterSeconds } })
  }
  if (!(await hasRoom(parts.scratch, parts.minFreeBytes))) {
    const retryAfterSeconds = DISK_RETRY_MS / 1_000
    const message = "Cannot take the document now: the disk is almost full"
    throw new IbidError("disk-full", message, { context: { retryAfterSeconds } })
  }
}
