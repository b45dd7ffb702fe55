import type { CollectionId } from "../core/types.ts"

export interface Folder {
  readonly collectionId: CollectionId
  readonly root: string
}

/** Two comparisons of one folder at once would each act on what the other has changed. */
export interface FolderTurns {
  /** Waits until no folder above, below or at this one is being compared; the result ends the turn. */
  take(folder: Folder): Promise<() => void>
}

export function createFolderTurns(): FolderTurns {
  const held = new Map<Folder, Promise<void>>()
  return {
    take: async (folder) => {
      for (;;) {
        const inTheWay = [...held].find(([other]) => overlap(folder, other))
        if (inTheWay === undefined) break
        await inTheWay[1]
      }
      let end = (): void => undefined
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      held.set(folder, ended)
      return () => {
        held.delete(folder)
        end()
      }
    },
  }
}

function overlap(one: Folder, other: Folder): boolean {
  if (one.collectionId !== other.collectionId) return false
  return `${one.root}/`.startsWith(`${other.root}/`) || `${other.root}/`.startsWith(`${one.root}/`)
}
