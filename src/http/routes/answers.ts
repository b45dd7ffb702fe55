import { createRoute, z } from "@hono/zod-openapi"
import type { GivenFeedback, KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp } from "../environment.ts"
import { answer, idParameter, json, pageOf, pageQuery, problemResponses } from "../schemas.ts"
import { toPage } from "../to-page.ts"

const security = [{ key: [] }]
const tags = ["answers"]
const nameOfDocument = z.string().min(1).max(4_096).openapi({ description: "Id or path of a document" })
const feedback = z
  .object({
    ...{ answerId: z.string(), principalId: z.string(), verdict: z.enum(["useful", "wrong", "missing-document"]) },
    ...{ text: z.string().nullable(), documentId: z.string().nullable(), createdAt: z.string() },
  })
  .openapi("Feedback")
const feedbackBody = z
  .strictObject({
    verdict: z.enum(["useful", "wrong", "missing-document"]),
    text: z.string().max(4_000).optional(),
    document: nameOfDocument.optional().openapi({ description: "Id or path of the one that should have answered" }),
  })
  .openapi("FeedbackRequest")
const rank = z.int().nullable()
const candidate = z.object({
  ...{ chunkId: z.string(), fusedRank: z.int(), fused: z.number(), denseRank: rank, dense: z.number().nullable() },
  ...{ lexicalRank: rank, lexical: z.number().nullable(), passage: rank, dropped: z.string().nullable() },
})
const passage = z.object({
  ...{ rank: z.int(), documentId: z.string(), revision: z.string(), start: z.int(), end: z.int(), isRead: z.boolean() },
  scores: z.object({}).loose(),
  sentences: z.array(
    z.object({
      ...{ start: z.int(), end: z.int(), cosine: z.number() },
      ...{ reader: z.number().nullable(), score: z.number().nullable() },
    }),
  ),
})
const model = z.object({ id: z.string(), sha256: z.string().nullable() })
const generator = model.extend({
  roles: z
    .array(z.enum(["writer", "verifier", "ranker"]))
    .optional()
    .openapi({ description: "Those that it held" }),
  adapter: z
    .object({ sha256: z.string(), scale: z.number() })
    .optional()
    .openapi({ description: "The LoRA adapter of the collection, which the answer was written with" }),
})
const opinion = z.object({
  verdicts: z.array(z.number()).openapi({ description: "Log-odds of yes, of the first sentences" }),
  picks: z.array(z.number()).openapi({ description: "Shares of the first sentences" }),
})
const receipt = z
  .object({
    ...{ id: z.string(), createdAt: z.string(), principalId: z.string(), conversationId: z.string().nullable() },
    question: z.string(),
    request: z.object({ question: z.string().openapi({ description: "As it was searched with" }) }).loose(),
    ...{ collections: z.array(z.string()), generation: z.string(), indexVersion: z.int(), build: z.string() },
    models: z.object({
      ...{
        generator: generator.nullable(),
        reader: model.nullable(),
        embedder: model.extend({ fingerprint: z.string() }),
        entailment: model.optional(),
      },
    }),
    prompt: z.object({ sha256: z.string(), seed: z.int() }).nullable(),
    written: z.string().nullable().openapi({ description: "By the language model, before the gate" }),
    trace: z.object({
      ...{ candidates: z.array(candidate), passages: z.array(passage), support: z.object({}).loose() },
      opinion: opinion.optional().openapi({ description: "Of a verifier or ranker, before anything was written" }),
      entailment: z
        .array(z.object({ entailment: z.number(), neutral: z.number(), contradiction: z.number() }))
        .optional()
        .openapi({ description: "Shares of each written sentence that passed the gate, by a model of entailment" }),
      ...{ withheld: z.string().nullable(), degraded: z.array(z.string()), timings: z.object({}).loose() },
    }),
    answer,
    sources: z.array(
      z.object({ documentId: z.string(), path: z.string(), state: z.enum(["current", "changed", "removed"]) }),
    ),
    feedback: z.array(feedback),
    document: z
      .object({
        ...{ documentId: z.string(), path: z.string(), reason: z.string(), message: z.string() },
        outcome: z.enum(["cited", "evidence", "passage", "dropped", "not-found"]),
        ...{ candidates: z.array(candidate), passages: z.array(passage) },
      })
      .optional()
      .openapi({ description: "What became of the document that was asked about" }),
  })
  .openapi("Receipt")
const summary = z
  .object({
    ...{ id: z.string(), createdAt: z.string(), principalId: z.string(), conversationId: z.string().nullable() },
    ...{ question: z.string(), status: z.string(), reason: z.string().nullable() },
  })
  .openapi("AnswerSummary")
const replayed = z
  .object({
    ...{ id: z.string(), isSameText: z.boolean(), originalText: z.string(), answer },
    changes: z.array(
      z.object({
        ...{ what: z.string(), before: z.string().nullable(), now: z.string().nullable() },
        documentId: z.string().optional(),
      }),
    ),
  })
  .openapi("Replay")

const list = createRoute({
  ...{ method: "get", path: "/api/answers", tags, security, summary: "Answers, newest first: one's own, or all" },
  request: { query: pageQuery },
  responses: { 200: json(pageOf(summary), "Answers"), ...problemResponses },
})
const get = createRoute({
  ...{ method: "get", path: "/api/answers/{id}", tags, security },
  summary: "The receipt of an answer; with `document`, why that document was used or was not",
  request: { params: idParameter, query: z.object({ document: nameOfDocument.optional() }) },
  responses: { 200: json(receipt, "The receipt, as far as its documents may be read now"), ...problemResponses },
})
const replay = createRoute({
  ...{ method: "post", path: "/api/answers/{id}/replay", tags, security },
  summary: "Ask again, and say what has changed since",
  request: { params: idParameter },
  responses: { 200: json(replayed, "The answer of now; it is not stored"), ...problemResponses },
})
const give = createRoute({
  ...{ method: "post", path: "/api/answers/{id}/feedback", tags, security },
  summary: "Say whether an answer was useful; said again, it takes the place of the former",
  request: {
    params: idParameter,
    body: { required: true, content: { "application/json": { schema: feedbackBody } } },
  },
  responses: { 200: json(feedback, "What is kept"), ...problemResponses },
})
const listAll = createRoute({
  ...{ method: "get", path: "/api/feedback", tags, security, summary: "Feedback, newest first, for administrators" },
  request: { query: pageQuery.extend({ cursor: z.string().max(200).optional() }) },
  responses: { 200: json(pageOf(feedback), "Feedback"), ...problemResponses },
})

/** Receipts, replays and feedback. */
export function registerAnswers(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "getAnswer" | "listAnswers" | "replayAnswer" | "giveFeedback" | "listFeedback">,
): void {
  app.openapi(list, async (context) => {
    const call = { principal: context.get("principal"), page: toPage(context.req.valid("query")) }
    return context.json((await kb.listAnswers(call)) as never, 200)
  })
  app.openapi(get, async (context) => {
    const { document } = context.req.valid("query")
    const call = { principal: context.get("principal"), ...(document === undefined ? {} : { document }) }
    return context.json((await kb.getAnswer(context.req.valid("param").id, call)) as never, 200)
  })
  app.openapi(replay, async (context) => {
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    return context.json((await kb.replayAnswer(context.req.valid("param").id, call)) as never, 200)
  })
  app.openapi(give, async (context) => {
    const { verdict, text, document } = context.req.valid("json")
    const given: GivenFeedback = {
      verdict,
      ...(text === undefined ? {} : { text }),
      ...(document === undefined ? {} : { document }),
    }
    const call = { principal: context.get("principal") }
    return context.json(await kb.giveFeedback(context.req.valid("param").id, given, call), 200)
  })
  app.openapi(listAll, async (context) => {
    const call = { principal: context.get("principal"), page: toPage(context.req.valid("query")) }
    return context.json((await kb.listFeedback(call)) as never, 200)
  })
}
