/** The special tokens round two texts: `[CLS]`, `[SEP]` and `[SEP]` where the model is a BERT. */
export interface PairFrame {
  readonly before: readonly number[]
  readonly between: readonly number[]
  readonly after: readonly number[]
}

/** Two texts that every vocabulary has tokens for, none of which is a special one. */
const FIRST = "yes"
const SECOND = "no"

/**
 * How a tokenizer frames two texts, found by what it makes of two known ones: RoBERTa puts two tokens between them, BERT
 * one. Throws where the two texts do not stand in their pair as they stand alone.
 */
export function findPairFrame(
  encodePair: (first: string, second: string) => readonly number[],
  encode: (text: string) => readonly number[],
): PairFrame {
  const [pair, first, second] = [encodePair(FIRST, SECOND), encode(FIRST), encode(SECOND)]
  const at = placeOf(first, pair, 0)
  const next = at < 0 ? -1 : placeOf(second, pair, at + first.length)
  if (next < 0) throw new Error("its tokenizer does not put two texts one after the other")
  return {
    before: pair.slice(0, at),
    between: pair.slice(at + first.length, next),
    after: pair.slice(next + second.length),
  }
}

function placeOf(wanted: readonly number[], all: readonly number[], from: number): number {
  if (wanted.length === 0) return -1
  for (let place = from; place + wanted.length <= all.length; place++) {
    if (wanted.every((id, offset) => all[place + offset] === id)) return place
  }
  return -1
}
