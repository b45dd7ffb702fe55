/** A page of a list; `cursor` fetches the next one. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly hasMore: boolean
  readonly cursor: string | null
}

export interface PageRequest {
  /** 1 to 500; absent means 100. */
  readonly limit?: number
  readonly cursor?: string
}

const DEFAULT_LIMIT = 100
const LARGEST_LIMIT = 500

/** Fetches one row more than asked for, to know whether there are more; the cursor is the last id of the page. */
export async function page<Item extends { readonly id: string }>(
  request: PageRequest | undefined,
  fetch: (limit: number, after: { readonly after?: string }) => Promise<readonly Item[]>,
): Promise<Page<Item>> {
  const limit = Math.min(Math.max(request?.limit ?? DEFAULT_LIMIT, 1), LARGEST_LIMIT)
  const rows = await fetch(limit + 1, request?.cursor === undefined ? {} : { after: request.cursor })
  const data = rows.slice(0, limit)
  const hasMore = rows.length > limit
  return { data, hasMore, cursor: hasMore ? (data.at(-1)?.id ?? null) : null }
}
