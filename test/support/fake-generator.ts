import { IbidError, promptTooLong, throwIfAborted } from "../../src/core/errors.ts"
import type { Generator, LoraAdapter, Message } from "../../src/core/ports.ts"

export interface FakeGenerator extends Generator {
  /** What it was asked, in order. */
  readonly requests: readonly (readonly Message[])[]
  /** What it was to write with, in order; null for nothing beside itself. */
  readonly adapters: readonly (LoraAdapter | null)[]
}

/** How likely each choice is, in the order of the choices; they need not sum to 1. */
export type FakeWeights = (messages: readonly Message[], choices: readonly string[]) => readonly number[] | null

/** Writes the given pieces, or what the function makes of the messages. A token is a word. It weighs all choices alike. */
export function createFakeGenerator(
  pieces: readonly string[] | ((messages: readonly Message[]) => readonly string[]),
  weights: FakeWeights = (_, choices) => choices.map(() => 1),
  contextTokens = 2_048,
): FakeGenerator {
  const requests: (readonly Message[])[] = []
  const adapters: (LoraAdapter | null)[] = []
  let isDisposed = false
  const tokens = (text: string) => text.split(/\s+/).filter(Boolean).length
  return {
    modelId: "fake-generator",
    contextTokens,
    ...{ requests, adapters },
    generate: async function* (messages, { maxTokens, lora, signal }) {
      throwIfAborted(signal)
      if (isDisposed) throw new IbidError("model-unavailable", "Cannot generate: the model was closed")
      requests.push(messages)
      adapters.push(lora ?? null)
      const prompt = messages.reduce((sum, message) => sum + tokens(message.content), 0)
      if (prompt + maxTokens > contextTokens) {
        throw promptTooLong("Cannot generate: the prompt is longer than the context")
      }
      let written = 0
      for (const piece of typeof pieces === "function" ? pieces(messages) : pieces) {
        throwIfAborted(signal)
        if (written >= maxTokens) return
        written += Math.max(1, tokens(piece))
        yield piece
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    },
    async weigh(messages, choices, { signal }) {
      await Promise.resolve() // A real one gives the event loop a turn, and an abort its chance.
      throwIfAborted(signal)
      if (isDisposed) throw new IbidError("model-unavailable", "Cannot generate: the model was closed")
      requests.push(messages)
      const given = weights(messages, choices)
      const whole = given?.reduce((sum, weight) => sum + weight, 0) ?? 1
      return given?.map((weight) => weight / whole) ?? null
    },
    warm: async () => undefined,
    dispose: async () => {
      isDisposed = true
    },
  }
}
