import type { PairFrame } from "./pair-frame.ts"

/** What is cut to leave room for the sentences, in tokens. */
export interface WindowLimits {
  readonly question: number
  readonly title: number
}

/** Of the bundled reader's inputs (`data/models/ibid-evidence-v1`). */
const READER_LIMITS: WindowLimits = { question: 48, title: 24 }

export interface ReaderTokens {
  readonly question: readonly number[]
  /** Title and headings with the colon that ends them; empty without a title. */
  readonly title: readonly number[]
  readonly sentences: readonly (readonly number[])[]
}

/** One input: `[CLS] question [SEP] title > heading: sentences [SEP]`. */
export interface ReaderWindow {
  readonly ids: readonly number[]
  /** 0 up to what stands between question and title, 1 from the title on. */
  readonly typeIds: readonly number[]
  /** Which positions of `ids` belong to which sentence, rising; `end` is exclusive. */
  readonly spans: readonly { readonly sentence: number; readonly start: number; readonly end: number }[]
}

/**
 * Packs whole sentences, in order, into windows of at most `maxTokens` tokens. A sentence that is longer than a window
 * stands alone in one and is cut. WordPiece splits at white space first, so the tokens of the sentences, put together,
 * are the tokens of the passage.
 */
export function packWindows(
  tokens: ReaderTokens,
  { before, between, after }: PairFrame,
  maxTokens: number,
  limits: WindowLimits = READER_LIMITS,
): ReaderWindow[] {
  const asked = [...before, ...tokens.question.slice(0, limits.question), ...between]
  const head = [...asked, ...tokens.title.slice(0, limits.title)]
  const room = maxTokens - head.length - after.length
  const windows: ReaderWindow[] = []
  let ids = [...head]
  let spans: { sentence: number; start: number; end: number }[] = []

  const close = (): void => {
    if (spans.length === 0) return
    ids.push(...after)
    const typeIds = ids.map((_, position) => (position < asked.length ? 0 : 1))
    windows.push({ ids, typeIds, spans })
    ids = [...head]
    spans = []
  }
  for (const [sentence, all] of tokens.sentences.entries()) {
    const pieces = all.slice(0, room)
    if (pieces.length === 0) continue
    if (ids.length - head.length + pieces.length > room) close()
    spans.push({ sentence, start: ids.length, end: ids.length + pieces.length })
    ids.push(...pieces)
  }
  close()
  return windows
}
