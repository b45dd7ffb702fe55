/** A page of a list; `cursor` fetches the next one. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly hasMore: boolean
  readonly cursor: string | null
}

/** A query of what is given; empty where nothing is. */
export function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "")
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return given.length === 0 ? "" : `?${query}`
}
