import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

export interface RandomChanges {
  /** Makes so many files in folders of a few levels. */
  create(count: number): void
  /** So many changes of all kinds, at most a tenth of them deletions. */
  change(count: number): void
  /** So many renames: of files, of folders, of two files that exchange their names. No content changes. */
  rename(count: number): void
  /** Paths and SHA-256 of what stands there. */
  contents(): Record<string, string>
}

/** Changes a folder at random; the same seed makes the same changes. Files are a minute old, so that they have settled. */
export function createRandomChanges(root: string, seed: number): RandomChanges {
  const random = mulberry32(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)]
    if (item === undefined) throw new RangeError("Nothing to choose from")
    return item
  }
  let serial = 0
  const files = new Set<string>()

  const write = (path: string): void => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    const words = Array.from({ length: 12 }, () => WORDS[below(WORDS.length)])
    const temporary = join(root, `.writing-${serial}`)
    writeFileSync(temporary, `# Note ${serial++}\n\n${words.join(" ")}.\n`)
    const then = Date.now() / 1_000 - 60
    utimesSync(temporary, then, then)
    renameSync(temporary, file) // as a careful program writes
    files.add(path)
  }
  const newPath = (): string => {
    const depth = below(4)
    const folders = Array.from({ length: depth }, () => pick(["alpha", "beta", "gamma", "delta", "epsilon"]))
    return [...folders, `note-${serial}.md`].join("/")
  }
  const move = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true })
    renameSync(join(root, from), join(root, to))
    files.delete(from)
    files.add(to)
  }
  const renameFile = (): void => {
    const from = pick([...files])
    move(from, newPath().replace("note", `renamed-${serial++}`))
  }
  const exchange = (): void => {
    const [one, other] = [pick([...files]), pick([...files])]
    if (one === other) return
    move(one, ".aside")
    move(other, one)
    move(".aside", other)
  }
  const moveFolder = (): void => {
    const inFolders = [...files].filter((path) => path.includes("/"))
    if (inFolders.length === 0) {
      renameFile()
      return
    }
    const from = dirname(pick(inFolders))
    const to = `${pick(["zeta", "eta", "theta"])}/moved-${serial++}`
    mkdirSync(join(root, dirname(to)), { recursive: true })
    renameSync(join(root, from), join(root, to))
    for (const path of [...files]) {
      if (!path.startsWith(`${from}/`)) continue
      files.delete(path)
      files.add(`${to}${path.slice(from.length)}`)
    }
  }
  const remove = (): void => {
    const path = pick([...files])
    unlinkSync(join(root, path))
    files.delete(path)
  }

  return {
    create: (count) => {
      for (let made = 0; made < count; made++) write(newPath())
    },
    change: (count) => {
      for (let done = 0; done < count; done++) {
        const kind = below(10)
        if (kind < 3) write(newPath())
        else if (kind < 6) write(pick([...files]))
        else if (kind < 7) renameFile()
        else if (kind < 8) exchange()
        else if (kind < 9) moveFolder()
        else remove()
      }
    },
    rename: (count) => {
      for (let done = 0; done < count; done++) pick([renameFile, exchange, moveFolder])()
    },
    contents: () =>
      Object.fromEntries(
        readdirSync(root, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => {
            const file = join(entry.parentPath, entry.name)
            return [file.slice(root.length + 1), createHash("sha256").update(readFileSync(file)).digest("hex")]
          }),
      ),
  }
}

/** A small generator of numbers in [0, 1), the same for the same seed on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const WORDS = "pump valve leave pension oil pressure travel budget contract safety audit holiday motor filter".split(
  " ",
)
