import { IbidError, isPromptTooLong, throwIfAborted } from "../core/errors.ts"
import { CONTEXT_EXCEEDED, MODEL_BUSY } from "../core/model-refusals.ts"
import type { Warning } from "../core/types.ts"

/**
 * What a language model gives, or `otherwise` with a warning where it takes no request now (`overloaded`), or not one so
 * long: quotes answer without it. Throws `cancelled`, and whatever else the model throws: one that is missing, damaged or
 * dead is to be seen to.
 */
export async function unlessRefused<Given>(
  asked: () => Promise<Given>,
  otherwise: Given,
  signal: AbortSignal | undefined,
): Promise<{ readonly given: Given; readonly warnings: readonly Warning[] }> {
  try {
    return { given: await asked(), warnings: [] }
  } catch (thrown) {
    const warning = thrown instanceof IbidError ? warningOf(thrown) : undefined
    if (warning === undefined) throw thrown
    throwIfAborted(signal)
    return { given: otherwise, warnings: [warning] }
  }
}

function warningOf(refusal: IbidError): Warning | undefined {
  if (refusal.code === "overloaded") {
    return { code: MODEL_BUSY, message: "Went on without the language model: it is busy with other questions" }
  }
  if (!isPromptTooLong(refusal)) return undefined
  const state = "the question and the quote are longer than its context"
  return { code: CONTEXT_EXCEEDED, message: `Went on without the language model: ${state}` }
}
