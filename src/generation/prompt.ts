import type { Message } from "../core/ports.ts"

/** A short sentence takes 20 to 40 tokens; more is not wanted. */
export const ANSWER_TOKENS = 80

/**
 * The prompt for one sentence from one piece of evidence. Examples are left out because a small model copies their words into
 * its answers (a third of them, measured with SmolLM2). Asked for one short sentence instead, Qwen2.5-Coder-0.5B wrote no
 * excerpt at all on 60 questions of squad2, and 6 when asked like this.
 */
export function writePrompt(question: string, evidence: string): Message[] {
  return [
    {
      role: "user",
      content: `Text: ${evidence}\n\nQuestion: ${question}\nAnswer with the exact words of the text.`,
    },
  ]
}

/** The choices of a verdict. */
export const VERDICTS = ["yes", "no"] as const

/** Asks whether a sentence answers the question; the words are the measured ones. */
export function verdictPrompt(question: string, evidence: string): Message[] {
  return [
    { role: "system", content: "You check whether a passage answers a question." },
    {
      role: "user",
      content: `Passage: ${evidence}\n\nQuestion: ${question}\n\nDoes the passage answer the question? Reply yes or no.`,
    },
  ]
}

/** Asks which of several sentences answers the question, by its number from 1. */
export function pickPrompt(question: string, sentences: readonly string[]): Message[] {
  const list = sentences.map((sentence, place) => `${place + 1}. ${sentence.replace(/\s+/g, " ")}`).join("\n")
  const content = `Question: ${question}\n\nSentences:\n${list}\n\nWhich sentence answers the question? Reply with its number.`
  return [{ role: "user", content }]
}
