import { MODEL_REFUSALS } from "../core/model-refusals.ts"
import type { Receipt, Replay, ReplayChange } from "../core/receipt.ts"
import { documentsOf } from "../core/redact-answer.ts"
import type { Answer, CallOptions, CollectionId } from "../core/types.ts"
import { findRevisions } from "../db/documents.ts"
import { answer, type Told } from "./answer.ts"
import type { Parts } from "./parts.ts"
import { modelsOf } from "./receipts.ts"

/**
 * Asks the question of a receipt again, in the collections that were searched then and may be read now, and says what
 * is not as it was. The same build, generation, documents, models and seed give the same text. Nothing of it is stored.
 */
export async function replay(
  receipt: Receipt,
  readable: readonly CollectionId[],
  parts: Parts,
  call: CallOptions,
): Promise<Replay> {
  const collections = receipt.collections.filter((collection) => readable.includes(collection))
  const told: Told[] = []
  const events = answer({ ...receipt.request, collections }, parts, call, async (given) => {
    told.push(given)
    return { receipt: null, warnings: [] }
  })
  for await (const _ of events);
  const [now] = told
  if (now === undefined) throw new TypeError("The answer flow ended without an answer")
  return {
    id: receipt.id,
    isSameText: now.answer.text === receipt.answer.text,
    originalText: receipt.answer.text,
    answer: now.answer,
    changes: [
      ...changedParts(receipt, now, parts),
      ...receipt.collections
        .filter((collection) => !collections.includes(collection))
        .map((collection) => ({ what: "collection" as const, before: collection, now: null })),
      ...(await changedDocuments(receipt, readable, parts)),
    ],
  }
}

function changedParts(receipt: Receipt, now: Told, parts: Parts): ReplayChange[] {
  const models = modelsOf(now, parts)
  const named = (model: Receipt["models"]["generator"] | undefined) =>
    model == null ? null : [model.id, ...(model.sha256 === null ? [] : [model.sha256])].join(" ")
  const rolesIn = (receipt: Receipt["models"]) => receipt.generator?.roles?.join(", ") ?? null
  const adapterIn = ({ generator }: Receipt["models"]) =>
    generator?.adapter === undefined ? null : `${generator.adapter.sha256} ${generator.adapter.scale}`
  const compared: readonly ReplayChange[] = [
    { what: "build", before: receipt.build, now: parts.build },
    { what: "generator", before: named(receipt.models.generator), now: named(models.generator) },
    { what: "roles", before: rolesIn(receipt.models), now: rolesIn(models) },
    { what: "adapter", before: adapterIn(receipt.models), now: adapterIn(models) },
    { what: "reader", before: named(receipt.models.reader), now: named(models.reader) },
    { what: "embedder", before: receipt.models.embedder.fingerprint, now: models.embedder.fingerprint },
    { what: "entailment", before: named(receipt.models.entailment), now: named(models.entailment) },
    { what: "generation", before: receipt.generation, now: parts.index.generation },
    { what: "tuning", before: receipt.trace.tuning ?? null, now: now.trace.tuning ?? null },
    { what: "index-version", before: String(receipt.indexVersion), now: String(now.indexVersion) },
    { what: "model-skipped", before: refusalIn(receipt.answer), now: refusalIn(now.answer) },
    { what: "prompt", before: receipt.prompt?.sha256 ?? null, now: now.prompt?.sha256 ?? null },
  ]
  return compared.filter((change) => change.before !== change.now)
}

/** Why the language model was left out, by the code of the warning. */
function refusalIn({ warnings }: Answer): string | null {
  return warnings.find(({ code }) => MODEL_REFUSALS.has(code))?.code ?? null
}

/** Those that the answer has seen, by revision; a null is one that is gone or may not be read any more. */
async function changedDocuments(
  receipt: Receipt,
  readable: readonly CollectionId[],
  parts: Parts,
): Promise<ReplayChange[]> {
  const ids = documentsOf(receipt.answer)
  const revisions = await findRevisions(parts.database.read, ids)
  return ids.flatMap((documentId) => {
    const before = receipt.answer.passages.find((passage) => passage.documentId === documentId)?.revision ?? null
    const stored = revisions.get(documentId)
    const now = stored !== undefined && readable.includes(stored.collectionId) ? stored.revision : null
    return before === now ? [] : [{ what: "document" as const, before, now, documentId }]
  })
}
