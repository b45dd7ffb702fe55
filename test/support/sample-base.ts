import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Evaluation } from "../../src/app/answer-metrics.ts"
import { readQuestionSet } from "../../src/app/question-set.ts"
import { packageRoot } from "../../src/core/package-root.ts"
import { ADMIN, openBundledModels, openTestBase, type TestBase } from "./knowledge-base.ts"

export const SAMPLE = join(packageRoot, "data", "sample")

interface SampleBase {
  readonly base: TestBase
  /** Canonical texts by path. */
  readonly texts: ReadonlyMap<string, string>
  /** Of the pages that were recognised, by path. */
  readonly confidences: ReadonlyMap<string, number>
  readonly failures: readonly string[]
  /** Measures retrieval on all questions, or with `answers` the answers to so many, spread over the set. */
  evaluate(options: { readonly answers: boolean; readonly limit?: number }): Promise<Evaluation>
  dispose(): Promise<void>
}

/** The sample's documents in a knowledge base of their own, with the bundled models and without a language model. */
export async function openSampleBase(): Promise<SampleBase> {
  const folder = mkdtempSync(join(tmpdir(), "ibid-sample-"))
  const models = openBundledModels()
  const base = await openTestBase(folder, models)
  const texts = new Map<string, string>()
  const confidences = new Map<string, number>()
  const failures: string[] = []
  for (const event of await base.ingest(SAMPLE)) {
    if (event.event === "document-failed") failures.push(`${event.path} ${event.code}`)
    if (event.event === "document-recognised") confidences.set(event.path, event.confidence)
    if (event.event === "document-indexed" || event.event === "document-recognised") {
      texts.set(event.path, await base.kb.readText(event.documentId, {}, { principal: ADMIN }))
    }
  }
  return {
    ...{ base, texts, confidences, failures },
    evaluate: async (options) => {
      const set = await readQuestionSet(join(packageRoot, "data", "eval", "sample"))
      for await (const event of base.kb.evaluate(set, { ...options, generate: false, principal: ADMIN })) {
        if (event.type === "evaluation") return event.evaluation
      }
      throw new TypeError("The evaluation ended without a result")
    },
    dispose: async () => {
      await base.kb.dispose()
      await models.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
