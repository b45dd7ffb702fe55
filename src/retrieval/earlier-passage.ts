import type { DocumentId, Passage } from "../core/types.ts"

/**
 * Passages with the best one of the documents that earlier turns cited at place `at` (from 0), or before it where it
 * stands there by its own score: a follow-up often names its subject no more, and what only resembles its words fills the
 * places before. Nothing before `at` is displaced. `of` makes the passage of such a document that is not among them.
 */
export async function withEarlierPassage(
  passages: readonly Passage[],
  earlier: { readonly documentIds: readonly DocumentId[]; readonly at: number },
  of: () => Promise<readonly Passage[]>,
): Promise<Passage[]> {
  const { documentIds, at } = earlier
  if (documentIds.length === 0) return [...passages]
  const isEarlier = ({ documentId }: Passage) => documentIds.includes(documentId)
  const passage = passages.find(isEarlier) ?? (await of())[0]
  if (passage === undefined || passages.slice(0, at + 1).includes(passage)) return [...passages]
  const others = passages.filter((one) => one !== passage)
  return [...others.slice(0, at), passage, ...others.slice(at)].map((one, place) => ({ ...one, rank: place + 1 }))
}
