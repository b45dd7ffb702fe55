import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError } from "../../core/errors.ts"
import { requireAdmin } from "../auth.ts"
import type { HttpApp } from "../environment.ts"
import { createIdempotency, readKey } from "../idempotency.ts"
import { fingerprint, readUpload } from "../read-upload.ts"
import {
  accepted,
  document,
  erasure,
  erasureAccepted,
  idParameter,
  jobState,
  json,
  pageOf,
  pageQuery,
  pageText,
  problemResponses,
  stateCounts,
  textLayout,
} from "../schemas.ts"
import { toPage } from "../to-page.ts"

const security = [{ key: [] }]
const tags = ["documents"]

const uploadForm = z.object({
  file: z.string().openapi({ format: "binary" }),
  path: z.string().optional(),
  collection: z.string().optional(),
  title: z.string().optional(),
})
const upload = createRoute({
  ...{ method: "post", path: "/api/documents", tags, security },
  summary: "Store a document; it is indexed in the background",
  description:
    "Multipart with one `file` (and `path`, `collection`, `title`), or the bytes themselves with `?path=` or the header " +
    "`X-Document-Path` (percent-encoded UTF-8).",
  request: {
    query: z.object({ path: z.string().optional(), collection: z.string().optional(), title: z.string().optional() }),
    headers: z.object({
      "idempotency-key": z.string().max(200).optional(),
      "x-document-path": z.string().max(1_024).optional(),
    }),
    body: {
      content: {
        "multipart/form-data": { schema: uploadForm },
        "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
  },
  responses: {
    200: json(accepted, "The content is already indexed"),
    202: json(accepted, "Stored and queued"),
    ...problemResponses,
  },
})
const nameQuery = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .optional()
  .openapi({ description: "A part of the path or the title" })
const list = createRoute({
  ...{ method: "get", path: "/api/documents", tags, security, summary: "The catalogue, with state and reason" },
  request: {
    query: pageQuery.extend({
      ...{ collection: z.string().max(64).optional(), state: jobState.optional() },
      name: nameQuery,
      order: z.enum(["id", "path"]).optional(),
    }),
  },
  responses: { 200: json(pageOf(document), "Documents by id, or by path"), ...problemResponses },
})
const totals = createRoute({
  ...{ method: "get", path: "/api/documents/totals", tags, security, summary: "Numbers of documents by state" },
  request: { query: z.object({ collection: z.string().max(64).optional(), name: nameQuery }) },
  responses: { 200: json(stateCounts, "Every state is named"), ...problemResponses },
})
const get = createRoute({
  ...{ method: "get", path: "/api/documents/{id}", tags, security, summary: "One document" },
  request: { params: idParameter },
  responses: { 200: json(document, "The document"), ...problemResponses },
})
const remove = createRoute({
  ...{ method: "delete", path: "/api/documents/{id}", tags, security },
  summary: "Remove a document; no query returns it from the answer on",
  description: "With `erase=true` no file holds it in the end: the receipt is at `/api/erasures/{id}`.",
  request: { params: idParameter, query: z.object({ erase: z.enum(["true", "false"]).optional() }) },
  responses: {
    202: json(erasureAccepted, "Removed; the erasure is under way"),
    204: { description: "Removed" },
    ...problemResponses,
  },
})
const erasures = createRoute({
  ...{ method: "get", path: "/api/erasures", tags, security, summary: "Receipts of erasures, newest first" },
  request: { query: pageQuery.extend({ id: z.string().max(100).optional() }) },
  responses: { 200: json(pageOf(erasure), "Of one document or erasure where an id is given"), ...problemResponses },
})
const erasureReceipt = createRoute({
  ...{ method: "get", path: "/api/erasures/{id}", tags, security, summary: "What was erased and how it was proven" },
  request: { params: idParameter },
  responses: { 200: json(erasure, "`finishedAt` is null while it is under way"), ...problemResponses },
})
const retry = createRoute({
  ...{ method: "post", path: "/api/documents/{id}/retry", tags, security },
  summary: "Queue a document again that has failed, or whose pages were not recognised",
  request: { params: idParameter },
  responses: { 202: json(document, "Queued"), ...problemResponses },
})
const embedded = createRoute({
  ...{ method: "get", path: "/api/documents/{id}/embedded", tags, security },
  summary: "Documents that stand in this one: attachments, entries of an archive",
  request: { params: idParameter },
  responses: { 200: json(pageOf(document), "Documents by id"), ...problemResponses },
})
const text = createRoute({
  ...{ method: "get", path: "/api/documents/{id}/text", tags, security, summary: "Canonical text, or a part of it" },
  request: {
    params: idParameter,
    query: z.object({
      start: z.coerce.number().int().min(0).optional(),
      end: z.coerce.number().int().min(0).optional(),
    }),
  },
  responses: {
    200: { description: "Text", content: { "text/plain": { schema: z.string() } } },
    ...problemResponses,
  },
})
const layout = createRoute({
  ...{ method: "get", path: "/api/documents/{id}/layout", tags, security },
  summary: "Where headings, paragraphs, tables and pages stand in the canonical text",
  request: { params: idParameter },
  responses: { 200: json(textLayout, "Parts in reading order"), ...problemResponses },
})
const original = createRoute({
  ...{ method: "get", path: "/api/documents/{id}/original", tags, security, summary: "The stored original" },
  description: "The newest content, or with `revision` the one that is searchable; contents of the past are not kept.",
  request: { params: idParameter, query: z.object({ revision: z.string().max(64).optional() }) },
  responses: {
    200: {
      description: "The bytes",
      content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
    },
    ...problemResponses,
  },
})
const pages = createRoute({
  ...{ method: "get", path: "/api/documents/{id}/pages/{n}", tags, security, summary: "Canonical text of one page" },
  request: { params: idParameter.extend({ n: z.coerce.number().int().min(1) }) },
  responses: { 200: json(pageText, "The page"), ...problemResponses },
})

export function registerDocuments(app: HttpApp, kb: KnowledgeBase): void {
  const idempotency = createIdempotency()

  app.openAPIRegistry.registerPath(upload)
  app.post("/api/documents", async (context) => {
    const principal = context.get("principal")
    requireAdmin(principal)
    const key = readKey(context.req.header("idempotency-key"))
    const received = await readUpload(context.req.raw, new URL(context.req.url).searchParams)
    const store = () => kb.upload(received, { principal, signal: context.req.raw.signal })
    const result =
      key === undefined
        ? await store()
        : await idempotency.once(`${principal.id}\0${key}`, fingerprint(received), store)
    return context.json(result, result.jobId === null ? 200 : 202)
  })
  app.openapi(list, async (context) => {
    const { collection, state, name, order, ...asked } = context.req.valid("query")
    const call = {
      ...{ principal: context.get("principal"), page: toPage(asked) },
      ...(collection === undefined ? {} : { collection }),
      ...(state === undefined ? {} : { state }),
      ...(name === undefined ? {} : { name }),
      ...(order === undefined ? {} : { order }),
    }
    return context.json((await kb.listDocuments(call)) as never, 200)
  })
  app.openapi(totals, async (context) => {
    const { collection, name } = context.req.valid("query")
    const call = {
      ...{ principal: context.get("principal") },
      ...(collection === undefined ? {} : { collection }),
      ...(name === undefined ? {} : { name }),
    }
    return context.json(await kb.countDocuments(call), 200)
  })
  app.openapi(get, async (context) => {
    const call = { principal: context.get("principal") }
    return context.json((await kb.getDocument(context.req.valid("param").id, call)) as never, 200)
  })
  app.openapi(remove, async (context) => {
    const { id } = context.req.valid("param")
    const call = { principal: context.get("principal") }
    if (context.req.valid("query").erase === "true") {
      return context.json({ erasureId: await kb.eraseDocument(id, call) }, 202)
    }
    await kb.removeDocument(id, call)
    return context.body(null, 204)
  })
  app.openapi(erasures, async (context) => {
    const { id, ...asked } = context.req.valid("query")
    const call = { principal: context.get("principal"), page: toPage(asked), ...(id === undefined ? {} : { id }) }
    return context.json((await kb.listErasures(call)) as never, 200)
  })
  app.openapi(erasureReceipt, async (context) => {
    const { id } = context.req.valid("param")
    const [found] = (await kb.listErasures({ principal: context.get("principal"), id })).data
    if (found === undefined) throw new IbidError("not-found", "Cannot find the erasure: there is none with this id")
    return context.json(found as never, 200)
  })
  app.openapi(retry, async (context) => {
    const [{ id }, call] = [context.req.valid("param"), { principal: context.get("principal") }]
    await kb.retryDocument(id, call)
    return context.json((await kb.getDocument(id, call)) as never, 202)
  })
  app.openapi(embedded, async (context) => {
    const data = await kb.listEmbedded(context.req.valid("param").id, { principal: context.get("principal") })
    return context.json({ data, hasMore: false, cursor: null } as never, 200)
  })
  app.openapi(text, async (context) => {
    const { start, end } = context.req.valid("query")
    const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }
    const part = await kb.readText(context.req.valid("param").id, range, { principal: context.get("principal") })
    return context.text(part, 200)
  })
  app.openapi(layout, async (context) => {
    const { id } = context.req.valid("param")
    return context.json((await kb.readLayout(id, { principal: context.get("principal") })) as never, 200)
  })
  app.openapi(original, async (context) => {
    const { revision } = context.req.valid("query")
    const call = { principal: context.get("principal"), ...(revision === undefined ? {} : { revision }) }
    const found = await kb.readOriginal(context.req.valid("param").id, call)
    const name = found.path.split("/").at(-1) ?? "document"
    return context.body(found.bytes as Uint8Array<ArrayBuffer>, 200, {
      // Never a type that a browser would show: what stands in documents must not run here.
      "content-type": "application/octet-stream",
      "x-original-content-type": found.mediaType,
      "content-disposition": `attachment; filename="${asciiName(name)}"; filename*=UTF-8''${extendedValue(name)}`,
    }) as never
  })
  app.openapi(pages, async (context) => {
    const { id, n } = context.req.valid("param")
    return context.json((await kb.readPage(id, n, { principal: context.get("principal") })) as never, 200)
  })
}

function asciiName(name: string): string {
  return name.replace(/[^\w.() -]/g, "_")
}

/** RFC 8187: these four end or change the value where `encodeURIComponent` leaves them. */
function extendedValue(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
