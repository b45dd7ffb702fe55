/** Limits of the bundled reader's inputs (`data/models/ibid-evidence-v1`), in tokens. */
const MAX_QUESTION_TOKENS = 48
const MAX_TITLE_TOKENS = 24

export interface SpecialTokens {
  readonly cls: number
  readonly separator: number
}

export interface ReaderTokens {
  readonly question: readonly number[]
  /** Title and headings with the colon that ends them; empty without a title. */
  readonly title: readonly number[]
  readonly sentences: readonly (readonly number[])[]
}

/** One input of the reader: `[CLS] question [SEP] title > heading: sentences [SEP]`. */
export interface ReaderWindow {
  readonly ids: readonly number[]
  /** 0 up to the first separator, 1 from the title on. */
  readonly typeIds: readonly number[]
  /** Which positions of `ids` belong to which sentence, rising; `end` is exclusive. */
  readonly spans: readonly { readonly sentence: number; readonly start: number; readonly end: number }[]
}

/**
 * Packs whole sentences, in order, into windows of at most `maxTokens` tokens. A sentence that is longer than a window
 * stands alone in one and is cut. WordPiece splits at white space first, so the tokens of the sentences, put together,
 * are the tokens of the passage.
 */
export function packWindows(tokens: ReaderTokens, special: SpecialTokens, maxTokens: number): ReaderWindow[] {
  const question = tokens.question.slice(0, MAX_QUESTION_TOKENS)
  const title = tokens.title.slice(0, MAX_TITLE_TOKENS)
  const head = [special.cls, ...question, special.separator, ...title]
  const room = maxTokens - head.length - 1
  const windows: ReaderWindow[] = []
  let ids = [...head]
  let spans: { sentence: number; start: number; end: number }[] = []

  const close = (): void => {
    if (spans.length === 0) return
    ids.push(special.separator)
    const typeIds = ids.map((_, position) => (position < question.length + 2 ? 0 : 1))
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
