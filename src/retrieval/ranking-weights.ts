import type { Embedder } from "../core/ports.ts"
import type { RankingWeights } from "../core/tuning.ts"
import { isEnglish } from "./question-language.ts"
import { SECOND_STAGE } from "./second-stage.ts"

/**
 * Where the words of a question are all that is known: the best sentence by them, its cosine next to nothing. Chosen on squad2 as
 * if its questions were in another language: nDCG@10 .918 instead of .901 for the lexical arm alone, .4 to .7 nearly flat.
 */
const WORDS_ALONE: RankingWeights = { denseWeight: 0, sentenceShare: 0.5, coverageWeight: 1_000_000 }

/**
 * The weights that rank the hits of a question where nothing was learnt of its collection. An English embedder says nothing
 * of a question in another language, nor of the sentences that answer it: words alone rank them.
 */
export function rankingWeights(
  question: string,
  { denseWeight, language }: Pick<Embedder, "denseWeight" | "language">,
): RankingWeights {
  if (language === "en" && !isEnglish(question)) return WORDS_ALONE
  return { ...SECOND_STAGE, denseWeight }
}
