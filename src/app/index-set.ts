import { acceptOrList } from "../../ingest/accept.ts"
import { throwIfAborted } from "../core/errors.ts"
import type { CollectionId, IngestEvent } from "../core/types.ts"
import { DEFAULT_COLLECTION } from "../db/collections.ts"
import type { Ingestion } from "./ingestion.ts"
import type { Parts } from "./parts.ts"
import { type QuestionSet, readCorpus } from "./question-set.ts"

/**
 * Indexes the documents of a set; what an earlier run has indexed is not indexed again. One that cannot be indexed is told
 * (`document-failed`), in every run, and the others go on.
 */
export async function* indexSet(
  set: QuestionSet,
  parts: Parts,
  ingestion: Ingestion,
  signal: AbortSignal | undefined,
): AsyncGenerator<IngestEvent> {
  const run = { collectionId: DEFAULT_COLLECTION, ...(signal === undefined ? {} : { signal }) }
  if (set.docs !== null) {
    yield* ingestion.run([set.docs], run)
    return
  }
  let [done, total] = [0, 0]
  for await (const document of readCorpus(set)) {
    throwIfAborted(signal)
    total++
    const path = `${document.id}.txt`
    const outcome = await acceptOrList(
      {
        collectionId: DEFAULT_COLLECTION as CollectionId,
        ...{ root: "", path, title: document.title, modifiedAt: 0 },
        bytes: Buffer.from(document.text.trim() === "" ? document.title : document.text, "utf8"),
        mediaType: "text/plain",
      },
      parts,
    )
    if (outcome.type === "refused") {
      done++
      const { code, message } = outcome.error
      const event = { event: "document-failed", path, code, message } as const
      parts.log("warn", "a document failed", event)
      yield event
    }
  }
  yield { event: "progress", done, total }
  for await (const event of ingestion.run([], run)) {
    if (event.event === "document-indexed" || event.event === "document-failed") {
      done++
      if (event.event === "document-failed") yield event
      if (done % 50 === 0) yield { event: "progress", done, total }
    }
  }
  yield { event: "progress", done: total, total }
}
