import {
  createModelProcess,
  type ModelProcess,
  type ModelProcessOptions,
  type RequestOptions,
} from "./model-process.ts"

export interface ProcessPool<Body extends object, Value> {
  /** Processes that take requests. */
  readonly size: number
  /** Starts one more in the background, up to the limit; it takes requests once its model is loaded. */
  grow(): void
  /** Hands the request to a free process; while none is free, requests wait in order of arrival. */
  request(body: Body, options?: RequestOptions): Promise<Value>
  dispose(): Promise<void>
}

/** Processes of the same model. The first one starts with the first request. */
export function createProcessPool<Body extends object, Value>(
  options: ModelProcessOptions<Body> & { readonly limit: number },
): ProcessPool<Body, Value> {
  const create = (): ModelProcess<Body, Value> => createModelProcess<Body, Value>(options)
  const processes = [create()]
  const free = [...processes]
  const waiting: ((process: ModelProcess<Body, Value>) => void)[] = []
  let growing: ModelProcess<Body, Value> | undefined

  function release(process: ModelProcess<Body, Value>): void {
    const next = waiting.shift()
    if (next === undefined) free.push(process)
    else next(process)
  }

  function nextFree(): Promise<ModelProcess<Body, Value>> {
    return new Promise((resolve) => waiting.push(resolve))
  }

  async function growNow(process: ModelProcess<Body, Value>): Promise<void> {
    try {
      await process.start()
      processes.push(process)
      release(process)
    } catch (error) {
      // The processes that run go on; whoever asks them meets the reason, if it is a lasting one.
      options.log("warn", "a further model process did not start", { model: options.modelId, error })
      await process.dispose()
    } finally {
      growing = undefined
    }
  }

  return {
    get size() {
      return processes.length
    },
    grow() {
      if (growing !== undefined || processes.length >= options.limit) return
      growing = create()
      void growNow(growing)
    },
    async request(body, call) {
      // The one freed last is the warmest.
      const process = free.pop() ?? (await nextFree())
      try {
        return await process.request(body, call)
      } finally {
        release(process)
      }
    },
    async dispose() {
      await Promise.all([...processes, ...(growing === undefined ? [] : [growing])].map((process) => process.dispose()))
    },
  }
}
