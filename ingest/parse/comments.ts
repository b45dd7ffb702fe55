import type { TextBuilder } from "./text-builder.ts"

/** What a reader has noted beside a text. */
export interface Comment {
  /** Empty where it is not known. */
  readonly author: string
  readonly text: string
}

/** Appends comments, each marked as one, so that nobody takes it for what the document says. */
export function appendComments(builder: TextBuilder, comments: readonly Comment[]): void {
  for (const { author, text } of comments) {
    if (text.trim() === "") continue
    builder.paragraph(author.trim() === "" ? `Comment: ${text}` : `Comment by ${author.trim()}: ${text}`)
  }
}
