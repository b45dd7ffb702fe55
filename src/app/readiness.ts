import type { IngestionState, Readiness } from "../core/shelf.ts"
import { countIndexed } from "../db/documents.ts"
import { countUnfinished } from "../db/jobs.ts"
import { countPausedSources } from "../db/sources.ts"
import type { Ingestion } from "./ingestion.ts"
import type { Parts } from "./parts.ts"

/**
 * Whether questions can be answered. Ingestion that is paused is told and does not take the service out of use. Between
 * the commit of the index and that of SQL the two differ for a moment, so they are compared while nothing is stored.
 */
export async function readiness(parts: Parts, ingestion: Pick<Ingestion, "state">): Promise<Readiness> {
  const { read } = parts.database
  const { isWorking, pausedBy } = ingestion.state()
  const { documents, chunks } = await countIndexed(read)
  const rows = await parts.index.countRows()
  const missing = isWorking || ingestion.state().isWorking ? 0 : Math.max(0, chunks - rows)
  const { index: queued, recognise: toRecognise } = await countUnfinished(read)
  const state = { queued, toRecognise, pausedBy, pausedSources: await countPausedSources(read) }
  const components = {
    database: "ok",
    index: missing === 0 ? "ok" : `${missing} chunks are missing: run ibid doctor --repair`,
    documents: String(documents),
    generator: parts.generator === null ? "none: answers in quotes" : "ok",
    ingestion: describe(state),
  }
  return { ready: components.index === "ok", components, ingestion: state }
}

/** `ok`, `12 queued, 1 to recognise`, `paused: disk-full, 12 queued`. It names no folder: everybody may read it. */
function describe({ queued, toRecognise, pausedBy, pausedSources }: IngestionState): string {
  const parts = [
    ...(pausedBy === null ? [] : [`paused: ${pausedBy}`]),
    ...(pausedSources === 0 ? [] : [`${pausedSources} folders paused: run ibid sources list`]),
    ...(queued === 0 ? [] : [`${queued} queued`]),
    ...(toRecognise === 0 ? [] : [`${toRecognise} to recognise`]),
  ]
  return parts.join(", ") || "ok"
}
