import { crashPoint } from "../src/core/crash-point.ts"
import { type IbidError, toIbidError } from "../src/core/errors.ts"
import type { DocumentId, Log, RecognisedPage, Revision } from "../src/core/types.ts"
import type { Database } from "../src/db/client.ts"
import { type DocumentRow, documentNotFound, findDocument, findRevisions } from "../src/db/documents.ts"
import type { ContentStore } from "../src/db/files.ts"
import type { JobRow } from "../src/db/jobs.ts"
import { findRecognised, writeRecognised } from "../src/db/recognised.ts"
import type { OcrHost } from "./ocr-host.ts"

export interface RecognisePorts {
  readonly database: Database
  readonly originals: ContentStore
  readonly ocrHost: OcrHost
  readonly log: Log
}

/**
 * Reads the pages of a document that wait for recognition, one by one; each is kept as soon as it is read, so that a
 * page is never read twice. Yields the number of pages that are known now. A page that cannot be read is kept with the
 * code why not.
 */
export async function* recognisePages(
  job: JobRow,
  ports: RecognisePorts,
  signal: AbortSignal | undefined,
): AsyncGenerator<number> {
  const document = await findDocument(ports.database.read, job.documentId as DocumentId)
  if (document === undefined || document.revision !== job.revision) throw documentNotFound()
  const revision = job.revision as Revision
  const known = new Set((await findRecognised(ports.database.read, revision)).map(({ page }) => page))
  const stored = (await findRevisions(ports.database.read, [document.id as DocumentId])).get(document.id as DocumentId)
  for (const page of stored?.report?.pagesToRecognise ?? []) {
    if (known.has(page)) continue
    await writeRecognised(ports.database, revision, await recognisePage(document, page, ports, signal))
    crashPoint("page-recognised")
    known.add(page)
    yield known.size
  }
}

async function recognisePage(
  document: DocumentRow,
  page: number,
  ports: RecognisePorts,
  signal: AbortSignal | undefined,
  isSecondTry = false,
): Promise<RecognisedPage> {
  try {
    const { path, mediaType, revision } = document
    const file = ports.originals.pathOf(revision)
    return await ports.ocrHost.recognise({ file, path, mediaType, page, ...(signal && { signal }) })
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (!PAGE_FAILURES.has(error.code)) throw error
    // The process may have been ended from outside.
    if (error.code === "parse-crashed" && !isSecondTry) return await recognisePage(document, page, ports, signal, true)
    ports.log("warn", "a page cannot be recognised", { path: document.path, page, code: error.code })
    return { page, text: "", confidence: 0, code: error.code }
  }
}

/** Faults of the page: another attempt would probably end the same way, and takes place on request only. */
const PAGE_FAILURES: ReadonlySet<IbidError["code"]> = new Set([
  "parse-timeout",
  "parse-out-of-memory",
  "parse-crashed",
  "broken-file",
  "file-too-large",
  "unsupported-type",
])
