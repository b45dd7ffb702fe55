import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { CrashPoint } from "../../src/core/crash-point.ts"
import type { CrashClient } from "./crash-client.ts"
import { createDocument, createRandom } from "./crash-workload.ts"
import { zip } from "./zip.ts"

/** Where a scenario is played, and how often it has been before. */
export interface Scene {
  readonly client: CrashClient
  /** A folder that is kept in step. */
  readonly folder: string
  /** From 1. */
  readonly round: number
  /** One of each content that ever was there, which stands in no other. */
  readonly words: Set<string>
}

type Step = (scene: Scene) => Promise<unknown>

export interface Scenario {
  /** What the process dies of, unless the name of the point says it. */
  readonly name?: string
  readonly point: CrashPoint
  readonly steps: readonly Step[]
  /** What is done to the data folder before the process starts. */
  readonly damage?: (data: string) => void
}

/** Rounds of a scenario: what is removed, replaced or erased in them is there before. */
export const ROUNDS = 3

/** Steps that lead to each point, once a round or more often. */
const STEPS: Readonly<Record<CrashPoint, readonly Step[]>> = {
  "bytes-stored": [replace],
  "document-accepted": [overtake],
  "job-leased": [add, scan],
  parsed: [add],
  "embedded-file-accepted": [repack],
  "text-stored": [replace],
  "chunks-stored": [replace],
  embedded: [replace],
  "index-committed": [replace],
  "index-durable": [replace],
  published: [replace],
  "cleaned-up": [replace],
  "part-published": [addLong],
  "page-recognised": [scan],
  "recognition-finished": [scan],
  moved: [rename],
  "removal-acknowledged": [erase],
  "removed-from-index": [remove],
  "removed-from-database": [remove],
  "removed-from-disk": [remove],
  "erasure-rewritten": [erase],
  "erasure-vacuumed": [erase],
}

export const SCENARIOS: readonly Scenario[] = Object.entries(STEPS).map(([point, steps]) => ({
  point: point as CrashPoint,
  steps,
}))

/** Points that other work leads to as well. */
export const MORE_SCENARIOS: readonly Scenario[] = [
  { name: "removing", point: "index-committed", steps: [remove] },
  { name: "removing", point: "index-durable", steps: [remove] },
  { name: "erasing", point: "index-committed", steps: [erase] },
  { name: "erasing", point: "index-durable", steps: [erase] },
  { name: "unpacking another content", point: "published", steps: [repack] },
  { name: "unpacking another content", point: "removed-from-disk", steps: [repack, add] },
  { name: "recognising", point: "part-published", steps: [scan] },
  { name: "bringing a folder in step", point: "document-accepted", steps: [rename] },
  { name: "putting a lost index back", point: "index-committed", steps: [add], damage: loseIndex },
  { name: "putting a lost index back", point: "index-durable", steps: [add], damage: loseIndex },
  { name: "repairing", point: "job-leased", steps: [mend, add], damage: loseTexts },
  { name: "repairing", point: "index-committed", steps: [mend, add], damage: loseTexts },
]

/** What is there before the process that is to die. */
export async function prepareScene({ client, words }: Omit<Scene, "round">): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    for (const kind of ["replaced", "removed", "erased"]) {
      const { content, canary } = documentOf(`${kind} ${round}`)
      words.add(canary)
      await client.put(`${kind}-${round}.md`, content)
    }
  }
  await pack({ client, words, folder: "", round: 0 })
  await client.settle()
}

async function add({ client, round, words }: Scene): Promise<void> {
  await put({ client, words }, `added-${round}.md`, `added ${round}`)
  await client.settle()
}

async function replace({ client, round, words }: Scene): Promise<void> {
  await put({ client, words }, `replaced-${round}.md`, `replacing ${round}`)
  await client.settle()
}

/** A content that nobody ever sees, because the next comes before it is read. */
async function overtake({ client, round, words }: Scene): Promise<void> {
  await put({ client, words }, `replaced-${round}.md`, `overtaken ${round}`)
  await put({ client, words }, `replaced-${round}.md`, `overtaking ${round}`)
  await put({ client, words }, `waiting-${round}.md`, `overtaken as the first ${round}`)
  await put({ client, words }, `waiting-${round}.md`, `overtaking as the first ${round}`)
  await client.settle()
}

/** More than one step of embedding (256 chunks of about 200 tokens). */
async function addLong({ client, round, words }: Scene): Promise<void> {
  const parts = Array.from({ length: LONG_DOCUMENTS }, (_, part) => documentOf(`long ${round} ${part}`))
  words.add(parts[0]?.canary ?? "")
  await client.put(`long-${round}.md`, parts.map(({ content }) => content).join("\n"))
  await client.settle()
}

const LONG_DOCUMENTS = 100

/** Another content of an archive: one file is there for the first time, one in another content, one no more. */
async function pack({ client, round, words }: Scene): Promise<void> {
  const members = Object.fromEntries(
    [`member-${round}`, "changing", `member-${round + 1}`].map((name) => {
      const { content, canary } = documentOf(name === "changing" ? `${name} ${round}` : name)
      words.add(canary)
      return [`${name}.md`, content]
    }),
  )
  const inside = Object.entries(members).map(([name, content]) => [`archive.zip/${name}`, content])
  const gone = round === 0 ? {} : { [`archive.zip/member-${round - 1}.md`]: null }
  await client.put("archive.zip", zip(members), { ...Object.fromEntries(inside), ...gone })
}

async function repack(scene: Scene): Promise<void> {
  await pack(scene)
  await scene.client.settle()
  await purged(scene)
}

async function scan({ client, round }: Scene): Promise<void> {
  await client.put(`scan-${round}.pdf`, `%PDF-1.7 scan ${round}`)
  await client.settle()
}

async function remove(scene: Scene): Promise<void> {
  await take(scene, `removed-${scene.round}.md`, { erase: false })
}

async function erase(scene: Scene): Promise<void> {
  await take(scene, `erased-${scene.round}.md`, { erase: true })
}

async function take(scene: Scene, path: string, options: { readonly erase: boolean }): Promise<void> {
  const one = (await scene.client.list()).find((document) => document.path === path)
  if (one === undefined) throw new RangeError(`${path} is not there to be removed`)
  await scene.client.remove(one, options)
  await purged(scene)
}

/** The doctor has its turn when what was removed is out of the index and off the disk. */
async function purged({ client }: Pick<Scene, "client">): Promise<void> {
  await client.violations()
}

async function rename(scene: Scene): Promise<void> {
  await write(scene, `file-${scene.round}.md`)
  await scene.client.settle()
  renameSync(join(scene.folder, `file-${scene.round}.md`), join(scene.folder, `renamed-${scene.round}.md`))
  const { content } = documentOf(`file-${scene.round}.md`)
  const changes = { [`file-${scene.round}.md`]: null, [`renamed-${scene.round}.md`]: content }
  await scene.client.bringInStep(scene.folder, changes)
}

async function write({ client, folder, words }: Scene, name: string): Promise<void> {
  const { content, canary } = documentOf(name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), content)
  words.add(canary)
  await client.bringInStep(folder, { [name]: content })
}

async function mend({ client }: Scene): Promise<void> {
  await client.violations({ repair: true })
}

function loseIndex(data: string): void {
  rmSync(join(data, "lance"), { recursive: true })
}

function loseTexts(data: string): void {
  for (const name of readdirSync(join(data, "texts")).slice(0, 3))
    rmSync(join(data, "texts", name), { recursive: true })
}

async function put({ client, words }: Pick<Scene, "client" | "words">, path: string, name: string): Promise<void> {
  const { content, canary } = documentOf(name)
  words.add(canary)
  await client.put(path, content)
}

/** The same document for the same name. */
function documentOf(name: string): ReturnType<typeof createDocument> {
  return createDocument(createRandom(Buffer.from(name).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7)))
}
