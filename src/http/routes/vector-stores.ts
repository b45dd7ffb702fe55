import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError } from "../../core/errors.ts"
import type { CallOptions, Passage } from "../../core/types.ts"
import type { HttpApp } from "../environment.ts"
import { ALL_COLLECTIONS, toModelId } from "../openai.ts"
import { json, openAiProblemResponses, questionText } from "../schemas.ts"

/** The protocol's own bounds. */
const MOST_RESULTS = 50
const DEFAULT_RESULTS = 10
/** An attribute's value in the protocol. */
const LONGEST_ATTRIBUTE = 512

const body = z
  .object({
    query: z.preprocess((given) => (Array.isArray(given) ? given.join("\n") : given), questionText),
    max_num_results: z.int().min(1).max(MOST_RESULTS).nullish(),
    ranking_options: z.object({ score_threshold: z.number().optional() }).loose().nullish(),
    filters: z.null({ error: "are not supported; POST /api/search has filters" }).optional(),
    rewrite_query: z.boolean().nullish(),
  })
  .loose()
  .openapi("VectorStoreSearchRequest")
const result = z.object({
  ...{ file_id: z.string(), filename: z.string(), score: z.number() },
  attributes: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .openapi({ description: "Title, revision, page and offsets of the passage" }),
  content: z.array(z.object({ type: z.literal("text"), text: z.string() })),
})
const results = z.object({
  object: z.literal("vector_store.search_results.page"),
  ...{ search_query: z.array(z.string()), data: z.array(result), has_more: z.boolean(), next_page: z.null() },
})
const route = createRoute({
  ...{ method: "post", path: "/v1/vector_stores/{id}/search", tags: ["openai"], security: [{ key: [] }] },
  summary: "Passages for a question; a vector store is a collection, `ibid` is all that the key may read",
  request: {
    params: z.object({ id: z.string().max(200) }),
    body: { required: true, content: { "application/json": { schema: body } } },
  },
  responses: { 200: json(results, "Passages, best first"), ...openAiProblemResponses },
})

/** Search in the shape of OpenAI's vector stores. */
export function registerVectorStores(app: HttpApp, kb: Pick<KnowledgeBase, "search" | "listCollections">): void {
  app.openapi(route, async (context) => {
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    const { query, max_num_results, ranking_options } = context.req.valid("json")
    const collections = await collectionsOf(context.req.valid("param").id, kb, call)
    const limit = max_num_results ?? DEFAULT_RESULTS
    const found = await kb.search({ question: query, limit, ...collections }, call)
    const least = ranking_options?.score_threshold ?? Number.NEGATIVE_INFINITY
    const data = found.passages.filter(({ scores }) => scores.fused >= least).map(toResult)
    const page = { object: "vector_store.search_results.page" as const, search_query: [found.question] }
    return context.json({ ...page, data, has_more: false, next_page: null }, 200)
  })
}

async function collectionsOf(
  id: string,
  kb: Pick<KnowledgeBase, "listCollections">,
  call: CallOptions,
): Promise<{ readonly collections?: readonly string[] }> {
  if (id === ALL_COLLECTIONS) return {}
  const collection = (await kb.listCollections(call)).find((name) => name === id || toModelId(name) === id)
  if (collection !== undefined) return { collections: [collection] }
  throw new IbidError("not-found", `Cannot find the vector store "${id}": there is no such collection`)
}

function toResult({ documentId, path, title, revision, page, start, end, text, scores }: Passage) {
  const attributes: Record<string, string | number> = {
    ...{ title: title.slice(0, LONGEST_ATTRIBUTE), revision, start, end },
    ...(page === null ? {} : { page }),
  }
  return {
    ...{ file_id: documentId, filename: path, score: scores.fused, attributes },
    content: [{ type: "text" as const, text }],
  }
}
