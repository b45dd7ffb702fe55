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
