import { and, desc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { AnswerSummary, Receipt } from "../core/receipt.ts"
import { documentsOf, redactReceipt } from "../core/redact-answer.ts"
import type { CollectionId, DocumentId, Principal } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { answerDocuments, answers, conversations, documents, feedback } from "./schema.ts"
import { slices } from "./slices.ts"

/** How many receipts are kept, and how long. */
export interface Retention {
  readonly most: number
  readonly days: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Keeps a receipt, as a turn of its conversation where it has one, and forgets those past the bounds. What was removed
 * while the answer was being written is left out of it.
 */
export async function insertReceipt(database: Database, receipt: Receipt, retention: Retention): Promise<void> {
  await database.write(async (transaction) => {
    const mentioned = documentsOf(receipt.answer)
    const present = await listPresent(transaction, mentioned)
    const { answer, written, ...kept } = redactReceipt(receipt, (id) => !present.has(id))
    const createdAt = Date.parse(receipt.createdAt)
    const { principalId, conversationId, trace, question, request, collections, models, prompt } = kept
    await transaction.insert(answers).values({
      ...{ id: kept.id, principalId, conversationId, createdAt, question, request, collections, models, trace },
      ...{ answer: { ...answer, passages: answer.passages.map((passage) => ({ ...passage, text: "" })) }, written },
      ...{ status: answer.status, reason: answer.reason, build: kept.build },
      ...{ generation: kept.generation, indexVersion: kept.indexVersion },
      ...{ promptHash: prompt?.sha256 ?? null, seed: prompt?.seed ?? null },
    })
    const rows = mentioned.filter((id) => present.has(id)).map((documentId) => ({ answerId: kept.id, documentId }))
    if (rows.length > 0) await transaction.insert(answerDocuments).values(rows)
    if (conversationId !== null) {
      await transaction
        .insert(conversations)
        .values({ principalId, id: conversationId, createdAt, updatedAt: createdAt })
        .onConflictDoUpdate({
          target: [conversations.principalId, conversations.id],
          set: { updatedAt: createdAt },
        })
    }
    await forgetOld(transaction, retention, createdAt)
  })
}

/** The receipt of an answer, for who asked and for administrators. Throws `not-found` for everybody else too. */
export async function getReceipt(queries: Queries, id: string, principal: Principal): Promise<Receipt> {
  const [row] = await queries
    .select()
    .from(answers)
    .where(and(eq(answers.id, id), visibleTo(principal)))
  if (row === undefined) throw answerNotFound()
  return toReceipt(row)
}

/** Newest first: one's own, or all for an administrator. */
export async function listReceipts(
  queries: Queries,
  query: { readonly principal: Principal; readonly limit: number; readonly after?: string },
): Promise<AnswerSummary[]> {
  const cursor =
    query.after === undefined
      ? undefined
      : lt(
          sql`(${answers.createdAt}, ${answers.id})`,
          sql`(SELECT created_at, id FROM answers WHERE id = ${query.after})`,
        )
  const { id, createdAt, principalId, conversationId, question, status, reason } = answers
  const rows = await queries
    .select({ id, createdAt, principalId, conversationId, question, status, reason })
    .from(answers)
    .where(and(cursor, visibleTo(query.principal)))
    .orderBy(desc(answers.createdAt), desc(answers.id))
    .limit(query.limit)
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt).toISOString() }))
}

/**
 * Part of the transaction that removes documents: takes their texts and names out of receipts, so that no receipt shows
 * them from the acknowledgement on.
 */
export async function redactReceipts(transaction: Queries, ids: readonly DocumentId[]): Promise<void> {
  for (const part of slices(ids)) {
    const rows = await transaction
      .selectDistinct({ id: answerDocuments.answerId })
      .from(answerDocuments)
      .where(inArray(answerDocuments.documentId, part))
    const gone = new Set<string>(part)
    for (const { id } of rows) {
      const [row] = await transaction
        .select({ answer: answers.answer, written: answers.written })
        .from(answers)
        .where(eq(answers.id, id))
      if (row === undefined) continue
      const redacted = redactReceipt(row, (documentId) => gone.has(documentId))
      await transaction.update(answers).set(redacted).where(eq(answers.id, id))
    }
    await transaction.delete(answerDocuments).where(inArray(answerDocuments.documentId, part))
  }
}

/** Ids and what people and the language model have written, for the search for words of an erased document. */
export async function listWrittenTexts(
  queries: Queries,
  page: { readonly limit: number; readonly after: string },
): Promise<{ readonly id: string; readonly texts: string }[]> {
  const rows = await queries
    .select({
      ...{ id: answers.id, question: answers.question, request: answers.request, answer: answers.answer },
      written: answers.written,
      said: sql<string | null>`(SELECT group_concat(${feedback.text}, char(10)) FROM ${feedback}
        WHERE ${feedback.answerId} = ${answers.id})`,
    })
    .from(answers)
    .where(sql`${answers.id} > ${page.after}`)
    .orderBy(answers.id)
    .limit(page.limit)
  return rows.map(({ id, question, request, answer, written, said }) => ({
    id,
    texts: [question, JSON.stringify(request), JSON.stringify(answer), written ?? "", said ?? ""].join("\n"),
  }))
}

/** Forgets whole answers, with what was said of them. */
export async function deleteReceipts(transaction: Queries, ids: readonly string[]): Promise<void> {
  for (const part of slices(ids)) {
    await transaction.delete(feedback).where(inArray(feedback.answerId, part))
    await transaction.delete(answerDocuments).where(inArray(answerDocuments.answerId, part))
    await transaction.delete(answers).where(inArray(answers.id, part))
  }
}

/** Of these documents, those that are there. */
export async function listPresent(
  queries: Queries,
  ids: readonly DocumentId[],
  collections?: readonly CollectionId[],
): Promise<Set<DocumentId>> {
  if (ids.length === 0) return new Set()
  const readable = collections === undefined ? undefined : inArray(documents.collectionId, [...collections])
  const rows = await queries
    .select({ id: documents.id })
    .from(documents)
    .where(and(inArray(documents.id, [...ids]), isNull(documents.removedAt), readable))
  return new Set(rows.map((row) => row.id as DocumentId))
}

/** What the condition of every query for answers has to hold: who asked, or an administrator. */
export function visibleTo(principal: Principal): SQL | undefined {
  return principal.role === "admin" ? undefined : eq(answers.principalId, principal.id)
}

/** The same words for what does not exist and for what one may not see. */
export function answerNotFound(): IbidError {
  return new IbidError("not-found", "Cannot find the answer: there is none with this id")
}

export function toReceipt(row: typeof answers.$inferSelect): Receipt {
  const { promptHash, seed, createdAt, status: _status, reason: _reason, ...kept } = row
  return {
    ...kept,
    createdAt: new Date(createdAt).toISOString(),
    collections: kept.collections as readonly CollectionId[],
    models: kept.models as unknown as Receipt["models"],
    prompt: promptHash === null ? null : { sha256: promptHash, seed: seed ?? 0 },
  }
}

async function forgetOld(transaction: Queries, { most, days }: Retention, now: number): Promise<void> {
  const beyond = transaction
    .select({ id: answers.id })
    .from(answers)
    .orderBy(desc(answers.createdAt), desc(answers.id))
    .limit(FORGET_AT_ONCE)
    .offset(most)
  const tooMany = await beyond
  const tooOld = await transaction
    .select({ id: answers.id })
    .from(answers)
    .where(lt(answers.createdAt, now - days * DAY_MS))
    .limit(FORGET_AT_ONCE)
  if (tooMany.length + tooOld.length === 0) return
  await deleteReceipts(
    transaction,
    [...tooMany, ...tooOld].map(({ id }) => id),
  )
  await transaction.delete(conversations).where(sql`NOT EXISTS (SELECT 1 FROM ${answers}
    WHERE ${answers.principalId} = ${conversations.principalId} AND ${answers.conversationId} = ${conversations.id})`)
}

/** Bounds what one answer has to wait for; the next one forgets on. */
const FORGET_AT_ONCE = 100
