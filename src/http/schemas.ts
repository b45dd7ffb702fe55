import { z } from "@hono/zod-openapi"
import { ERROR_CODES } from "../core/errors.ts"

/** Bodies and answers of the routes; unknown fields in a body are refused. */

const LONGEST_QUESTION = 8_000

/** A question, trimmed. */
export const questionText = z
  .string()
  .trim()
  .min(1, "a question has 1 to 8,000 characters")
  .max(LONGEST_QUESTION, "a question has 1 to 8,000 characters")
  .refine((text) => !text.includes("\0"), "a question holds no NUL")
  .openapi({ example: "How many weeks of parental leave do employees get?" })
const question = questionText
const collections = z.array(z.string().min(1).max(64)).min(1).max(100).optional()
const filters = z
  .strictObject({
    documentIds: z.array(z.string()).max(1_000).optional(),
    mediaTypes: z.array(z.string()).max(100).optional(),
    modifiedAfter: z.iso.datetime({ offset: true }).optional(),
    modifiedBefore: z.iso.datetime({ offset: true }).optional(),
  })
  .optional()

export const searchBody = z
  .strictObject({ question, collections, filters, limit: z.int().min(1).max(100).optional() })
  .openapi("SearchRequest")

export const askBody = z
  .strictObject({
    ...{ question, collections, filters },
    conversationId: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,64}$/, "an id has 1 to 64 letters, digits, dots, colons, dashes and underscores")
      .optional()
      .openapi({ description: "Your own name for questions that follow one another; a new one begins a conversation" }),
    generate: z.boolean().optional().openapi({ description: "False asks for quotes alone" }),
    model: z.string().max(200).optional(),
  })
  .openapi("AskRequest")

const scores = z.object({
  fused: z.number(),
  dense: z.number().nullable(),
  lexical: z.number().nullable(),
  reader: z.number().nullable(),
})
const place = {
  documentId: z.string(),
  path: z.string(),
  page: z.int().nullable(),
  start: z.int().openapi({ description: "UTF-16 code units in the canonical text" }),
  end: z.int(),
}
const passage = z
  .object({
    rank: z.int(),
    ...place,
    title: z.string(),
    revision: z.string(),
    headingPath: z.array(z.string()),
    text: z.string(),
    scores,
  })
  .openapi("Passage")
const evidence = z.object({ ...place, quote: z.string(), score: z.number() }).openapi("Evidence")
const citation = z
  .object({
    ...place,
    marker: z.int(),
    title: z.string(),
    revision: z.string(),
    pageLabel: z.string().optional().openapi({ description: "What the document calls the page, where not its number" }),
    quote: z.string().openapi({ description: "Exactly canonicalText.slice(start, end)" }),
    tableHeader: z
      .string()
      .optional()
      .openapi({ description: "Names of the columns, where a row of a table is quoted" }),
    verified: z.boolean(),
    modifiedAt: z.string(),
    indexedAt: z.string(),
    changedSinceIndexed: z.boolean(),
  })
  .openapi("Citation")

export const searchResult = z
  .object({
    question: z.string(),
    passages: z.array(passage),
    timings: z.object({ embedMs: z.number(), denseMs: z.number(), lexicalMs: z.number(), totalMs: z.number() }),
    generation: z.string(),
    degraded: z.array(z.string()).optional(),
  })
  .openapi("SearchResult")

export const answer = z
  .object({
    id: z.string(),
    status: z.enum(["answered", "abstained"]),
    mode: z.enum(["generated", "extractive"]),
    question: z.string(),
    text: z.string(),
    sentences: z.array(z.object({ text: z.string(), citations: z.array(z.int()), supported: z.boolean() })),
    citations: z.array(citation),
    evidence: z.array(evidence),
    passages: z.array(passage),
    confidence: z.number(),
    reason: z.enum(["no-match", "weak-evidence", "unsupported"]).nullable(),
    warnings: z.array(z.object({ code: z.string(), message: z.string() })),
    model: z.object({ generator: z.string().nullable(), reader: z.string().nullable(), embedder: z.string() }),
    timings: z.object({
      retrieveMs: z.number(),
      evidenceMs: z.number(),
      firstTokenMs: z.number().nullable(),
      totalMs: z.number(),
    }),
    receipt: z.string().nullable(),
  })
  .openapi("Answer")

export const jobState = z.enum(["queued", "parsing", "embedding", "indexed", "failed"])
const state = jobState
const report = z
  .object({
    pagesRead: z.int().nullable(),
    weakPages: z.array(
      z.object({
        page: z.int(),
        reason: z.enum(["no-text", "poor-text", "unreadable", "recognised"]),
        confidence: z.int().nullable().openapi({ description: "Of the recognition, 0 to 100" }),
        code: z
          .enum(ERROR_CODES)
          .optional()
          .openapi({ description: "What recognition failed with: the page is not read" }),
      }),
    ),
    pagesToRecognise: z.array(z.int()),
    tables: z.int(),
    charactersDropped: z.int(),
    hiddenCharacters: z.int().openapi({ description: "Not seen by a reader of the document, and not indexed" }),
    embeddedFiles: z.array(
      z.object({
        name: z.string(),
        sizeBytes: z.int(),
        mediaType: z.string().nullable(),
        code: z.string().nullable().openapi({ description: "Why it became no document" }),
      }),
    ),
  })
  .openapi("ReadingReport", { description: "What was read of a document and what was not" })
const reason = { code: z.string().nullable(), message: z.string().nullable() }
export const document = z
  .object({
    ...{ id: z.string(), collection: z.string(), path: z.string(), title: z.string(), mediaType: z.string() },
    ...{ revision: z.string(), sizeBytes: z.int(), state, ...reason, pages: z.int().nullable(), chunks: z.int() },
    ...{ warnings: z.array(z.string()), report: report.nullable() },
    isComplete: z.boolean().openapi({ description: "False while only the beginning of a long document is searchable" }),
    parentId: z.string().nullable().openapi({ description: "The document that this one is embedded in" }),
    ...{ modifiedAt: z.string(), indexedAt: z.string().nullable() },
  })
  .openapi("Document")
/** Numbers of documents by state. */
export const stateCounts = z
  .object({ queued: z.int(), parsing: z.int(), embedding: z.int(), indexed: z.int(), failed: z.int() })
  .openapi("StateCounts")
export const job = z
  .object({
    ...{ id: z.string(), documentId: z.string(), path: z.string(), collection: z.string() },
    kind: z.enum(["index", "recognise"]),
    ...{ state, ...reason, attempts: z.int(), createdAt: z.string(), updatedAt: z.string() },
  })
  .openapi("Job")
export const accepted = z.object({ documentId: z.string(), jobId: z.string().nullable() }).openapi("Accepted")
export const erasureAccepted = z.object({ erasureId: z.string() }).openapi("ErasureAccepted")
export const erasure = z
  .object({
    ...{ id: z.string(), documentId: z.string(), requestedAt: z.string(), finishedAt: z.string().nullable() },
    receipt: z
      .object({
        documentIds: z.array(z.string()),
        removed: z.object({
          ...{ indexRows: z.int(), sqlRows: z.int(), vectors: z.int(), files: z.int(), bytes: z.int() },
          receipts: z.int().optional().openapi({ description: "Answers forgotten whole: they held words of it" }),
        }),
        kept: z.object({ documents: z.int(), files: z.int(), vectors: z.int() }),
        proof: z.object({
          ...{ filesScanned: z.int(), bytesScanned: z.int(), pieces: z.int(), piecesOfOthers: z.int(), found: z.int() },
        }),
      })
      .nullable(),
  })
  .openapi("Erasure")
export const readiness = z.object({
  ready: z.boolean(),
  components: z.record(z.string(), z.string()).openapi({ description: "`ok` or a short reason, by component" }),
  ingestion: z.object({
    queued: z.int(),
    toRecognise: z.int(),
    pausedBy: z.string().nullable().openapi({ description: "Code of what has stopped it, such as disk-full" }),
    pausedSources: z.int(),
  }),
})
export const pageText = z
  .object({
    page: z.int(),
    label: z.string().nullable().openapi({ description: "What the document calls the page, where not its number" }),
    ...{ start: z.int(), end: z.int(), text: z.string() },
  })
  .openapi("PageText")

export const textLayout = z
  .object({
    ...{ documentId: z.string(), revision: z.string() },
    length: z.int().openapi({ description: "Of the canonical text, in UTF-16 code units" }),
    isComplete: z.boolean(),
    pages: z.array(z.object({ page: z.int(), label: z.string().nullable(), start: z.int(), end: z.int() })),
    parts: z.array(
      z.object({
        type: z.enum(["heading", "paragraph", "list-item", "table", "code"]),
        ...{ start: z.int(), end: z.int(), level: z.int().optional(), page: z.int().nullable() },
        title: z.string().optional().openapi({ description: "The words of a heading" }),
        rows: z.array(z.int()).optional().openapi({ description: "Numbers of the rows in their sheet, a line each" }),
        isContinued: z.literal(true).optional().openapi({ description: "Goes on with the block of the part before" }),
      }),
    ),
  })
  .openapi("TextLayout", { description: "Where headings, paragraphs, tables and pages stand in the canonical text" })

const problem = z
  .object({
    ...{ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string() },
    instance: z.string().openapi({ description: "The request's id" }),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem")

/** A list and how to get its next page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), hasMore: z.boolean(), cursor: z.string().nullable() })
}

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).optional(),
  cursor: z.string().max(100).optional(),
})
export const idParameter = z.object({ id: z.string().max(100) })

/** The problem answers that every route may give. */
export const problemResponses = {
  default: {
    description: "A problem, RFC 9457",
    content: { "application/problem+json": { schema: problem } },
  },
} as const

/** The error answers of the routes under `/v1`. */
export const openAiProblemResponses = {
  default: {
    description: "An error in OpenAI's shape",
    content: {
      "application/json": {
        schema: z.object({
          error: z.object({ message: z.string(), type: z.string(), code: z.string(), param: z.string().nullable() }),
        }),
      },
    },
  },
} as const

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } }
}
