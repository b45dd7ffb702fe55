import { realpathSync } from "node:fs"
import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { cut } from "../../ingest/cut.ts"
import { markdownParser } from "../../ingest/parse/markdown.ts"
import type { ParserHost } from "../../ingest/parser-host.ts"
import type { WatchedFolder } from "../../src/app/knowledge-base.ts"
import type { IngestEvent } from "../../src/core/types.ts"
import { sourceIdOf } from "../../src/db/collections.ts"
import { createFakeEmbedder, type FakeEmbedder } from "./fake-embedder.ts"
import { createFakeReader } from "./fake-reader.ts"
import { ADMIN, openTestBase, type TestBase } from "./knowledge-base.ts"
import { COLLECTION } from "./reconciled-folder.ts"

export interface WatchedBase extends TestBase {
  readonly embedder: FakeEmbedder
  /** Real path of the folder. */
  readonly docs: string
  /** Begins to watch; ends with the base. */
  watch(settings?: Omit<WatchedFolder, "path">): Watched
  /** Paths and revisions of the documents that are searchable; others with state and code. */
  catalogue(): Promise<Record<string, string>>
  dispose(): Promise<void>
}

export interface Watched {
  readonly events: readonly IngestEvent[]
  /** The first event from now on, or among those that were not looked at yet, that is of this kind. */
  next(isWanted: (event: IngestEvent) => boolean): Promise<IngestEvent>
  /** Compares now, and waits until all that was found is indexed. Throws `source-paused`. */
  inStep(options?: { readonly confirmRemoval: boolean }): Promise<void>
  /** Ends the watching. */
  stop(): Promise<void>
}

/** A whole knowledge base in a folder, with an embedder that counts, and a folder `docs` beside its data. */
export async function openWatchedBase(folder: string): Promise<WatchedBase> {
  const embedder = createFakeEmbedder()
  await mkdir(join(folder, "docs"), { recursive: true })
  const docs = join(realpathSync(folder), "docs")
  const models = { embedder, reader: createFakeReader(), dispose: async () => undefined }
  const base = await openTestBase(join(folder, "data"), models, { parserHost: MARKDOWN_HERE })
  const running = new Set<Watched>()
  return {
    ...{ ...base, embedder, docs },
    watch: (settings = {}) => {
      const watched = startWatching(base, { path: docs, ...settings })
      running.add(watched)
      return watched
    },
    catalogue: async () => {
      const found: Record<string, string> = {}
      let cursor: string | null = null
      do {
        const page = { limit: 500, ...(cursor === null ? {} : { cursor }) }
        const documents = await base.kb.listDocuments({ principal: ADMIN, page })
        for (const { path, state, code, revision } of documents.data) {
          found[path] = state === "indexed" ? revision : `${state} ${code ?? ""}`.trim()
        }
        cursor = documents.cursor
      } while (cursor !== null)
      return found
    },
    dispose: async () => {
      for (const watched of running) await watched.stop()
      await base.kb.dispose()
    },
  }
}

/** Reads Markdown in this process: what is tested is the folder, and a process takes a second to begin. */
const MARKDOWN_HERE: ParserHost = {
  parse: async ({ file, path, mediaType }) => ({
    document: cut(await markdownParser.parse(await readFile(file), { path, mediaType })),
    embedded: [],
  }),
  dispose: async () => undefined,
}

function startWatching(base: TestBase, folder: WatchedFolder): Watched {
  const stop = new AbortController()
  const events: IngestEvent[] = []
  let looked = 0
  let wakeUp = (): void => undefined
  let failure: unknown
  const reading = (async () => {
    try {
      for await (const event of base.kb.watch(folder, { principal: ADMIN, signal: stop.signal })) {
        if (event.event !== "progress") events.push(event)
        wakeUp()
      }
    } catch (thrown) {
      failure = thrown
      wakeUp()
    }
  })()
  const next: Watched["next"] = async (isWanted) => {
    for (;;) {
      while (looked < events.length) {
        const event = events[looked++]
        if (event !== undefined && isWanted(event)) return event
      }
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve) => {
        wakeUp = resolve
      })
    }
  }
  return {
    events,
    next,
    inStep: async (options = { confirmRemoval: false }) => {
      await base.kb.resumeSource(sourceIdOf(COLLECTION, folder.path), options, { principal: ADMIN })
      await base.ingest() // no paths: waits for what is queued
    },
    stop: async () => {
      stop.abort()
      await reading
    },
  }
}
