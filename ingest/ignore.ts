import ignore, { type Ignore } from "ignore"

/** Name of the files that hold patterns; those of a folder count for it and what is below it. */
export const IGNORE_FILE = ".ibidignore"

/** Patterns of what to leave out, in the syntax of .gitignore; those of deeper folders win over those above. */
export interface IgnorePatterns {
  /** `path` is relative to the root. What is below a folder that is left out is not asked for. */
  ignores(path: string, kind: "file" | "folder"): boolean
  /** With those of the ignore file of a folder, a path relative to the root; empty for the root itself. */
  with(folder: string, text: string): IgnorePatterns
}

export function createIgnorePatterns(patterns: readonly string[] = []): IgnorePatterns {
  return chain(patterns.length === 0 ? [] : [{ base: "", matcher: matcherOf(patterns) }])
}

interface Level {
  /** Empty, or a folder with a slash at its end. */
  readonly base: string
  readonly matcher: Ignore
}

function chain(levels: readonly Level[]): IgnorePatterns {
  return {
    ignores: (path, kind) => {
      const name = kind === "folder" ? `${path}/` : path
      for (const { base, matcher } of levels.toReversed()) {
        const { ignored, unignored } = matcher.test(name.slice(base.length))
        if (ignored || unignored) return ignored
      }
      return false
    },
    with: (folder, text) =>
      chain([...levels, { base: folder === "" ? "" : `${folder}/`, matcher: matcherOf(text.split(/\r?\n/)) }]),
  }
}

function matcherOf(patterns: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add(patterns)
}
