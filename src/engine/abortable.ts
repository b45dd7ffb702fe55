import { IbidError } from "../core/errors.ts"

/**
 * The work's outcome, or `cancelled` as soon as the signal fires. The work itself goes on until it looks at the signal:
 * what it holds, such as a core, stays held as long as it is really in use.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void =>
      reject(new IbidError("cancelled", "The request was cancelled", { cause: signal.reason }))
    signal.addEventListener("abort", onAbort, { once: true })
    if (signal.aborted) onAbort()
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort))
  })
}
