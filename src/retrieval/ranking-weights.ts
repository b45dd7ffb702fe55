import type { Embedder } from "../core/ports.ts"
import type { RankingWeights } from "../core/tuning.ts"
import { isEnglish } from "./question-language.ts"
import { SECOND_STAGE } from "./second-stage.ts"

/**
 * The weights that rank the hits of a question where nothing was learnt of its collection. An English embedder says nothing
 * of a question in another language, nor of the sentences that answer it: words alone rank them.
 */
export function rankingWeights(
  question: string,
  { denseWeight, language }: Pick<Embedder, "denseWeight" | "language">,
): RankingWeights {
  if (language === "en" && !isEnglish(question)) return { ...SECOND_STAGE, denseWeight: 0, sentenceShare: 0 }
  return { ...SECOND_STAGE, denseWeight }
}
