import type { Passage } from "../core/types.ts"

/** Fused scores that far below the first one are not doubted; they lie in [0, 1]. */
const MARGIN = 0.1
/** Of the reader's probability, beside the fused score: the upper end of what reranking with cross-encoders has found good. */
const READER_SHARE = 0.5

/**
 * The order of passages, best first, by what a reader of passages alone has made of them, as positions. Only the first ones
 * whose fused scores lie within .1 of the first change places, by .5 · fused + .5 / (1 + exp(−logit)): where the first
 * stage is sure, a cross-encoder does more harm than good on some sets (ArguAna, in Thakur et al., NeurIPS 2021). The
 * constants were not measured here. `logits` are those of the passages that were read, in their order, which stand first.
 */
export function rerank(passages: readonly Passage[], logits: readonly number[]): number[] {
  const order = passages.map((_, position) => position)
  const least = (passages[0]?.scores.fused ?? 0) - MARGIN
  const beyond = passages.findIndex(({ scores }, position) => position >= logits.length || scores.fused < least)
  const close = beyond < 0 ? order : order.slice(0, beyond)
  const blend = (position: number) => {
    const probability = 1 / (1 + Math.exp(-(logits[position] ?? 0)))
    return (1 - READER_SHARE) * (passages[position]?.scores.fused ?? 0) + READER_SHARE * probability
  }
  return [...[...close].sort((left, right) => blend(right) - blend(left)), ...order.slice(close.length)]
}
