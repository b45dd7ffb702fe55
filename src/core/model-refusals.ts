/** A warning: the language model had no time. */
export const MODEL_BUSY = "model-busy"
/** A warning: the language model's context does not hold question and quote. */
export const CONTEXT_EXCEEDED = "context-exceeded"

/** Why an answer went on without the language model: codes of warnings. */
export const MODEL_REFUSALS: ReadonlySet<string> = new Set([MODEL_BUSY, CONTEXT_EXCEEDED])
