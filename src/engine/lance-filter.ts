import type { ReadFilter } from "../core/types.ts"

/**
 * The filter as LanceDB's SQL, or undefined where it lets nothing through. There are no bound parameters: values are
 * quoted by doubling `'`, and a backslash is literal. Columns stand bare: double quotes would make a string of them.
 */
export function toSql(filter: ReadFilter): string | undefined {
  const { collections, aclClasses, documentIds, mediaTypes, modifiedAfter, modifiedBefore } = filter
  for (const list of [collections, aclClasses, documentIds, mediaTypes]) if (list?.length === 0) return undefined
  const clauses = [isOneOf("collection_id", collections), isOneOf("acl_class", aclClasses)]
  if (documentIds !== undefined) clauses.push(isOneOf("document_id", documentIds))
  if (mediaTypes !== undefined) clauses.push(isOneOf("media_type", mediaTypes))
  if (modifiedAfter !== undefined) clauses.push(`modified_at >= ${finite(modifiedAfter)}`)
  if (modifiedBefore !== undefined) clauses.push(`modified_at <= ${finite(modifiedBefore)}`)
  return clauses.join(" AND ")
}

/** `column IN ('…', …)`; throws `RangeError` for an empty list, which would be no condition at all. */
export function isOneOf(column: string, values: readonly string[]): string {
  if (values.length === 0) throw new RangeError(`A condition on ${column} needs values`)
  return `${column} IN (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", ")})`
}

function finite(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError("A time is a finite number of milliseconds")
  return value.toFixed(0)
}
