import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type CrashClient, Refused } from "./crash-client.ts"

/** Numbers in [0, 1) that are the same for the same seed. mulberry32, Tommy Ettinger, 2017. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A Markdown document of 1 to 20 KB, or of a given size, and the one word that stands in no other. */
export function createDocument(
  random: () => number,
  bytes?: number,
): { readonly content: string; readonly canary: string } {
  const canary = `canary${Math.floor(random() * 2 ** 48).toString(36)}x`
  const sizeBytes = bytes ?? 1_000 + Math.floor(random() ** 3 * 19_000)
  const parts = [`# Report ${canary}\n`]
  for (let size = 0; size < sizeBytes; size += parts.at(-1)?.length ?? 0) {
    const words = Array.from({ length: 60 }, () => WORDS[Math.floor(random() * WORDS.length)])
    parts.push(`## ${words.slice(0, 3).join(" ")}\n\n${words.join(" ")}.\n`)
  }
  return { content: parts.join("\n"), canary }
}

const WORDS = "pump valve leave invoice weeks oil contract supplier bolt torque delivery page answer night shift report"
  .split(" ")
  .flatMap((word) => [word, `${word}s`, `re${word}`])

/** What one client owns; nobody else touches these paths. */
export interface Workload {
  readonly name: string
  readonly random: () => number
  /** Folder of files, for the client that works through one. */
  readonly folder?: string
  /** Words of all contents that it has put somewhere, each in one alone. */
  readonly canaries: Set<string>
  /** The server has not acknowledged the last change of the folder. */
  isBehind?: boolean
}

const MOST_DOCUMENTS = 10

/**
 * Adds, replaces, moves and deletes documents, one operation at a time, until the server has died or the signal ends
 * it. A move of an upload is an upload to another path and a removal.
 */
export async function runWorkload(workload: Workload, client: CrashClient, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted) {
      if (workload.folder === undefined) await changeUploads(workload, client)
      else await changeFolder(workload, workload.folder, client)
    }
  } catch (thrown) {
    if (thrown instanceof Refused) throw thrown // a server that is gone answers nothing at all
  }
}

async function changeUploads({ name, random, canaries }: Workload, client: CrashClient): Promise<void> {
  const mine = (await client.list()).filter(({ path }) => path.startsWith(`${name}/`))
  const one = mine[Math.floor(random() * mine.length)]
  const { content, canary } = createDocument(random)
  const fresh = `${name}/${Math.floor(random() * 1e9).toString(36)}.md`
  const put = async (path: string, bytes: string, word: string): Promise<void> => {
    canaries.add(word)
    await client.put(path, bytes)
  }
  const dice = random()
  if (one === undefined || (dice < 0.4 && mine.length < MOST_DOCUMENTS)) await put(fresh, content, canary)
  else if (dice < 0.7) await put(one.path, content, canary)
  else if (dice < 0.8) {
    await put(fresh, content, canary)
    await client.remove(one)
  } else await client.remove(one)
}

/** Adds, replaces and renames files, and has each change taken in before the next one. */
async function changeFolder(workload: Workload, folder: string, client: CrashClient): Promise<void> {
  const { name, random, canaries } = workload
  mkdirSync(folder, { recursive: true })
  if (workload.isBehind === true) await client.bringInStep(folder, {})
  const mine = (await client.list()).filter(({ path }) => path.startsWith(`${name}-`))
  const one = mine[Math.floor(random() * mine.length)]
  const { content, canary } = createDocument(random)
  const fresh = `${name}-${Math.floor(random() * 1e9).toString(36)}.md`
  workload.isBehind = true
  const dice = random()
  if (one !== undefined && (dice < 0.4 || mine.length >= MOST_DOCUMENTS)) {
    const same = readFileSync(join(folder, one.path))
    renameSync(join(folder, one.path), join(folder, fresh))
    await client.bringInStep(folder, { [one.path]: null, [fresh]: same })
  } else {
    const path = one !== undefined && dice < 0.6 ? one.path : fresh
    canaries.add(canary)
    writeFileSync(join(folder, path), content)
    await client.bringInStep(folder, { [path]: content })
  }
  workload.isBehind = false
}
