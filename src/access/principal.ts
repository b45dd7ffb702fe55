import { IbidError } from "../core/errors.ts"
import type { CollectionId, Principal } from "../core/types.ts"

/** Whether the principal may read a collection; no by default. */
export function mayRead(principal: Principal, collection: CollectionId): boolean {
  return principal.collections === "all" || principal.collections.includes(collection)
}

/** Throws `forbidden` unless the principal may change documents and settings. */
export function requireAdmin(principal: Principal): void {
  if (principal.role !== "admin") {
    throw new IbidError("forbidden", "Cannot do this: the key is for reading alone")
  }
}
