import { IbidError } from "../core/errors.ts"
import type { CollectionId, Principal, ReadFilter } from "../core/types.ts"
import { mayRead } from "./principal.ts"

/** The one class of access while a collection's readers see all of its documents. */
const EVERYONE = "everyone"

/** The collections of `available` that the principal may read, in their order. */
export function readableCollections(principal: Principal, available: readonly CollectionId[]): readonly CollectionId[] {
  return available.filter((collection) => mayRead(principal, collection))
}

/**
 * What a query of the principal may see: everything that it may read, or the requested part of that. A collection that
 * does not exist and one that may not be read throw the same `collection-not-found`.
 */
export function readFilter(
  principal: Principal,
  available: readonly CollectionId[],
  requested: readonly string[] | undefined,
  narrowing: Omit<ReadFilter, "collections" | "aclClasses"> = {},
): ReadFilter {
  const readable = readableCollections(principal, available)
  const collections = readable.filter((collection) => requested === undefined || requested.includes(collection))
  if (requested?.some((name) => !readable.some((collection) => collection === name)) === true) {
    throw new IbidError("collection-not-found", "Cannot find the collection: there is none with this name")
  }
  return { ...narrowing, collections, aclClasses: [EVERYONE] }
}
