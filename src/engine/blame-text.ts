import { IbidError, toIbidError } from "../core/errors.ts"
import type { RequestOptions } from "./model-process.ts"

type Attempt<Value> = (options?: RequestOptions) => Promise<Value>

/**
 * Runs a model over texts and finds out who is at fault when that fails. Where the model works for a probe before and
 * after the texts fail, they are: throws `embedding-failed`. Where it does not work for the probe either, the model is
 * away or damaged: throws what the texts met first, and the texts are innocent.
 */
export async function blameText<Value>(run: Attempt<Value>, probe: Attempt<unknown>): Promise<Value> {
  try {
    return await run()
  } catch (first) {
    await probeAfter(first, probe)
    try {
      // The first attempt may never have come to a process: one that died before is started at intervals.
      return await run({ isUrgent: true })
    } catch (second) {
      await probeAfter(second, probe)
      const message = "Cannot embed the text: the model fails for it and works for other texts"
      throw new IbidError("embedding-failed", message, { cause: second })
    }
  }
}

async function probeAfter(thrown: unknown, probe: Attempt<unknown>): Promise<void> {
  const { code } = toIbidError(thrown)
  if (code !== "model-unavailable" && code !== "model-damaged") throw thrown
  try {
    await probe({ isUrgent: true })
  } catch (cause) {
    if (toIbidError(cause).code === "cancelled") throw cause
    throw thrown
  }
}
