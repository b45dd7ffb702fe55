import { requestJson } from "./request.ts"

/** Names of the collections that may be read. */
export async function listCollectionNames(signal?: AbortSignal): Promise<readonly string[]> {
  const { data } = await requestJson<{ data: readonly { readonly id: string }[] }>("/api/collections", { signal })
  return data.map(({ id }) => id)
}
