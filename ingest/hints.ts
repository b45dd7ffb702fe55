import { basename, relative } from "node:path"
import { watch } from "chokidar"
import type { IgnorePatterns } from "./ignore.ts"

export interface HintHandlers {
  /** Something was changed somewhere in the folder. */
  onHint(): void
  /** Changes may go unseen from here on: too many folders, or the system refused. */
  onError(error: unknown): void
  /** The folder itself is gone or was renamed: what stands at its place is not listened to. */
  onGone(): void
}

export interface Hints {
  close(): Promise<void>
}

/** Begins to listen for changes below a folder. */
export type OpenHints = (root: string, ignore: IgnorePatterns, handlers: HintHandlers) => Hints

/**
 * Hints from the system, through chokidar. Folders alone are watched, for they tell of their files too: a tenth of the
 * watches. Hidden folders and those that the settings leave out are not.
 */
export const openHints: OpenHints = (root, ignore, { onHint, onError, onGone }) => {
  const watcher = watch(root, {
    ...{ ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true },
    ignored: (path, stats) => {
      if (path === root) return false
      if (stats !== undefined) return !stats.isDirectory()
      return basename(path).startsWith(".") || ignore.ignores(relative(root, path), "folder")
    },
  })
  watcher.on("raw", onHint).on("all", onHint).on("error", onError)
  watcher.on("unlinkDir", (path) => {
    if (path === root) onGone()
  })
  return { close: () => watcher.close() }
}
