/** What a reconcile would do, as far as it decides whether it may. */
export interface Loss {
  /** Device and inode of the folder; null when it is gone. */
  readonly rootIdentity: string | null
  /** Those of the folder when it was last in step; null when it never was. */
  readonly formerIdentity: string | null
  readonly isPaused: boolean
  readonly files: number
  readonly documents: number
  readonly missing: number
  /** Removed from the same folder in the last minutes. */
  readonly recentlyRemoved: number
}

const LARGEST_SHARE = 0.2
/** Fewer than so many are removed whatever their share is. */
const FEW = 5

/**
 * Why documents must not be removed before a person says so, as a sentence; undefined when they may be. A folder that
 * was unmounted, exchanged or emptied looks like one whose files were all deleted.
 */
export function reasonToPause(loss: Loss): string | undefined {
  if (loss.missing === 0) return undefined
  const state = stateOf(loss)
  return state && `${state}: ${loss.missing} of ${loss.documents} documents would be removed`
}

function stateOf(loss: Loss): string | undefined {
  const { rootIdentity, formerIdentity, missing, recentlyRemoved } = loss
  if (rootIdentity === null) return "The folder is gone"
  if (formerIdentity !== null && formerIdentity !== rootIdentity) return "Another folder stands in its place"
  if (loss.files === 0) return "The folder is empty"
  const gone = missing + recentlyRemoved
  if (gone >= FEW && gone > LARGEST_SHARE * (loss.documents + recentlyRemoved)) return "Many files are gone at once"
  return loss.isPaused ? "Some files have not come back" : undefined
}
