import type { Message } from "../core/ports.ts"

/** A short sentence takes 20 to 40 tokens; more is not wanted. */
export const ANSWER_TOKENS = 80

/**
 * The prompt for one sentence from one piece of evidence. The words are the measured ones; examples are left out
 * because a small model copies their words into its answers (a third of them, measured with SmolLM2).
 */
export function writePrompt(question: string, evidence: string): Message[] {
  return [
    {
      role: "user",
      content: `Text: ${evidence}\n\nQuestion: ${question}\nAnswer in one short sentence, using only the text.`,
    },
  ]
}
