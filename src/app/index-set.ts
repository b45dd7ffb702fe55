import { accept } from "../../ingest/accept.ts"
import { throwIfAborted } from "../core/errors.ts"
import type { CollectionId, IngestEvent } from "../core/types.ts"
import { DEFAULT_COLLECTION } from "../db/collections.ts"
import type { Ingestion } from "./ingestion.ts"
import type { Parts } from "./parts.ts"
import { type QuestionSet, readCorpus } from "./question-set.ts"

/** Indexes the documents of a set; what an earlier run has indexed is not indexed again. */
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
  let total = 0
  for await (const document of readCorpus(set)) {
    throwIfAborted(signal)
    total++
    await accept(
      {
        collectionId: DEFAULT_COLLECTION as CollectionId,
        ...{ root: "", path: `${document.id}.txt`, title: document.title, modifiedAt: 0 },
        bytes: Buffer.from(document.text.trim() === "" ? document.title : document.text, "utf8"),
        mediaType: "text/plain",
      },
      parts,
    )
  }
  yield { event: "progress", done: 0, total }
  let done = 0
  for await (const event of ingestion.run([], run)) {
    if (event.event === "document-indexed" || event.event === "document-failed") {
      done++
      if (done % 50 === 0) yield { event: "progress", done, total }
    }
  }
  yield { event: "progress", done: total, total }
}
