import type { Limiter } from "./limiter.ts"

/** Cores that are held until they are given back. */
export interface CoreLease {
  readonly cores: number
  /** The second call does nothing. */
  release(): void
}

/** Takes cores from a limiter for a question, for as long as wanted. Throws `cancelled` while it waits. */
export async function leaseCores(limiter: Limiter, wanted: number, signal?: AbortSignal): Promise<CoreLease> {
  return await new Promise((resolve, reject) => {
    const work = async (cores: number): Promise<void> => {
      await new Promise<void>((release) => resolve({ cores, release }))
    }
    limiter.run({ wanted, priority: "question", signal }, work).catch(reject)
  })
}
