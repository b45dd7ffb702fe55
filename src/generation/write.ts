import { sha256 } from "../core/hash.ts"
import type { Generator, LoraAdapter } from "../core/ports.ts"
import type { AdapterIdentity } from "../core/receipt.ts"
import { splitSentences } from "../core/sentences.ts"
import { ANSWER_TOKENS, writePrompt } from "./prompt.ts"

export interface Written {
  readonly text: string
  /** Milliseconds from the request to the first piece, or null where nothing came. */
  readonly firstTokenMs: number | null
  /** What it was written from: SHA-256 of the messages as JSON, and the seed. */
  readonly prompt: { readonly sha256: string; readonly seed: number }
  readonly adapter: AdapterIdentity | null
}

/** The same question on the same build has the same text. */
const SEED = 0

/**
 * Lets the generator write one sentence from one piece of evidence. What it writes is not shown before the gate has seen
 * it, so it ends with the first sentence.
 */
export async function write(
  question: string,
  evidence: string,
  generator: Generator,
  { signal, lora }: { readonly signal?: AbortSignal | undefined; readonly lora?: LoraAdapter | null },
): Promise<Written> {
  const started = performance.now()
  let text = ""
  let firstTokenMs: number | null = null
  const messages = writePrompt(question, evidence)
  const options = {
    ...{ maxTokens: ANSWER_TOKENS, seed: SEED },
    ...(signal === undefined ? {} : { signal }),
    ...(lora == null ? {} : { lora }),
  }
  for await (const piece of generator.generate(messages, options)) {
    firstTokenMs ??= performance.now() - started
    text += piece
    if (hasEnded(text)) break
  }
  return {
    ...{ text: text.trim(), firstTokenMs },
    prompt: { sha256: sha256(JSON.stringify(messages)), seed: SEED },
    adapter: lora == null ? null : { sha256: lora.sha256, scale: lora.scale },
  }
}

/** A second sentence has begun (a full stop after `Dr` ends none), or a line has ended after some text. */
function hasEnded(text: string): boolean {
  return /\S\s*\n/.test(text) || splitSentences(text).length > 1
}
