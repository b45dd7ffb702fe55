import type { Limiter } from "./limiter.ts"

/** Cores that are held until they are given back. */
export interface CoreLease {
  readonly cores: number
  /** Resolves when others can have them. The second call does nothing. */
  release(): Promise<void>
}

/** Takes cores from a limiter for a question, for as long as wanted. Throws `cancelled` while it waits. */
export async function leaseCores(limiter: Limiter, wanted: number, signal?: AbortSignal): Promise<CoreLease> {
  return await new Promise((resolve, reject) => {
    const held = limiter.run({ wanted, priority: "question", signal }, async (cores) => {
      await new Promise<void>((end) => {
        const release = async (): Promise<void> => {
          end()
          await held
        }
        resolve({ cores, release })
      })
    })
    held.catch(reject)
  })
}
