import { toIbidError } from "../core/errors.ts"
import type { ReaderPassage } from "../core/ports.ts"
import type { Parts } from "./parts.ts"

const TEXT = "A first text."
const PASSAGE: ReaderPassage = { title: "", headingPath: [], text: TEXT, sentences: [{ start: 0, end: TEXT.length }] }

/** Loads the models before the first question. One that cannot be loaded is told of, and says why to who needs it. */
export async function warm(
  {
    embedder,
    reader,
    generator,
    entailment,
    log,
  }: Pick<Parts, "embedder" | "reader" | "generator" | "entailment" | "log">,
  signal: AbortSignal,
): Promise<void> {
  const load = async (model: string, loading: Promise<unknown>): Promise<void> => {
    try {
      await loading
    } catch (thrown) {
      const { code } = toIbidError(thrown)
      if (code !== "cancelled") log("warn", "a model could not be loaded ahead of questions", { model, code })
    }
  }
  await load(embedder.modelId, embedder.embed([TEXT], { kind: "query", signal }))
  if (reader !== null) await load(reader.modelId, reader.read(TEXT, [PASSAGE], { signal }))
  if (generator !== null) await load(generator.modelId, generator.warm(signal))
  if (entailment !== null) await load(entailment.modelId, entailment.judge(TEXT, TEXT, { signal }))
}
