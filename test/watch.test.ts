import { mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { HintHandlers, OpenHints } from "../ingest/hints.ts"
import { type FolderWatch, type PassRequest, type PassResult, watchFolder } from "../ingest/watch.ts"
import { sourceIdOf } from "../src/db/collections.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"
import { createRandomChanges } from "./support/random-changes.ts"
import { COLLECTION } from "./support/reconciled-folder.ts"
import { openWatchedBase, type WatchedBase } from "./support/watched-folder.ts"

const MINUTE = 60_000

describe("watchFolder()", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** A watch without a folder: hints and passes are counted. */
  function start(results: readonly Partial<PassResult>[] = []) {
    const passes: PassRequest[] = []
    const opened: HintHandlers[] = []
    let closed = 0
    const openHints: OpenHints = (_root, _ignore, handlers) => {
      opened.push(handlers)
      return {
        close: async () => {
          closed++
        },
      }
    }
    const watch: FolderWatch = watchFolder("/docs", {
      reconcileSource: async (request) => {
        passes.push(request)
        return { isPaused: false, ...results[passes.length - 1] }
      },
      ...{ ignore: [], log: () => undefined, openHints },
    })
    return {
      ...{ watch, passes, opened },
      closed: () => closed,
      hint: (count = 1) => {
        for (let sent = 0; sent < count; sent++) opened.at(-1)?.onHint()
      },
    }
  }

  test("compares at the start and every ten minutes, whatever the hints say", async () => {
    const { passes, watch } = start()
    await vi.advanceTimersByTimeAsync(0)
    expect(passes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(10 * MINUTE - 1)
    expect(passes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(passes).toHaveLength(2)
    await watch.dispose()
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(passes).toHaveLength(2)
  })

  test("compares when hints have ended for half a second, and after five seconds of hints without end", async () => {
    const { passes, hint, watch } = start()
    await vi.advanceTimersByTimeAsync(0)
    hint()
    await vi.advanceTimersByTimeAsync(400)
    hint()
    await vi.advanceTimersByTimeAsync(499)
    expect(passes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(passes).toHaveLength(2)
    for (let tenths = 0; tenths < 50; tenths++) {
      hint()
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(passes).toHaveLength(3)
    await watch.dispose()
  })

  test("compares once more after so many hints that some may have been lost", async () => {
    const { passes, hint, watch } = start()
    await vi.advanceTimersByTimeAsync(0)
    hint(5_000)
    await vi.advanceTimersByTimeAsync(500)
    expect(passes).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(passes).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(10 * MINUTE - 1)
    expect(passes).toHaveLength(3)
    await watch.dispose()
  })

  test("compares again when a file that is being written has settled", async () => {
    const { passes, watch } = start([{ retryAfterMs: 1_500 }])
    await vi.advanceTimersByTimeAsync(1_499)
    expect(passes).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(passes).toHaveLength(2)
    await watch.dispose()
  })

  test("looks every minute when hints are not to be relied on", async () => {
    const { passes, opened, watch } = start()
    await vi.advanceTimersByTimeAsync(0)
    opened[0]?.onError(new Error("no watches left"))
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect(passes).toHaveLength(7)
    await watch.dispose()
  })

  test("looks every 30 seconds while it is paused, and listens to what stands there then", async () => {
    const { passes, opened, closed, watch } = start([{}, { isPaused: true }, { isPaused: true }])
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect([passes.length, opened.length]).toEqual([2, 1])
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect([passes.length, opened.length, closed()]).toEqual([4, 3, 2])
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect(passes).toHaveLength(4)
    await watch.dispose()
    expect(closed()).toBe(3)
  })

  test("never compares twice at once, and a person's word comes after what is under way", async () => {
    let running = 0
    let most = 0
    const done: boolean[] = []
    const watch = watchFolder("/docs", {
      reconcileSource: async ({ confirmRemoval }) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        running--
        done.push(confirmRemoval)
        return { isPaused: false }
      },
      ...{ ignore: [], log: () => undefined, openHints: () => ({ close: async () => undefined }) },
    })
    const checks = [watch.check({ confirmRemoval: true }), watch.check({ confirmRemoval: false })]
    await vi.advanceTimersByTimeAsync(3_000)
    await Promise.all(checks)
    expect([most, done]).toEqual([1, [false, true, false]])
    await watch.dispose()
  })

  test("goes on after a pass that has failed", async () => {
    const logged: string[] = []
    let passes = 0
    const watch = watchFolder("/docs", {
      reconcileSource: async () => {
        if (++passes === 1) throw new Error("a bug")
        return { isPaused: false }
      },
      ...{ ignore: [], openHints: () => ({ close: async () => undefined }) },
      log: (_level, message) => logged.push(message),
    })
    await vi.advanceTimersByTimeAsync(15_000)
    expect([passes, logged]).toEqual([2, ["a folder could not be compared"]])
    await watch.dispose()
  })
})

describe("KnowledgeBase.watch()", () => {
  let folder: string
  let base: WatchedBase

  beforeEach(async () => {
    folder = temporaryFolder()
    base = await openWatchedBase(folder)
    return () => base.dispose()
  })

  const write = (path: string, text: string) => {
    const file = join(base.docs, path)
    mkdirSync(join(file, ".."), { recursive: true })
    writeFileSync(file, text)
    const then = Date.now() / 1_000 - 60
    utimesSync(file, then, then)
  }
  const sources = () => base.kb.listSources({ principal: ADMIN })

  test("follows hints of the system: a new file, a rename, a removal", async () => {
    write("a.md", "# One\n\nThe pump needs oil.\n")
    write("b.md", "# Two\n\nThe valve needs none.\n")
    const watched = base.watch()
    expect(await watched.next(({ event }) => event === "summary")).toMatchObject({ indexed: 2, failed: 0 })
    write("new/c.md", "# Three\n\nThe motor is loud.\n")
    expect(await watched.next(({ event }) => event === "document-indexed")).toMatchObject({ path: "new/c.md" })
    renameSync(join(base.docs, "a.md"), join(base.docs, "new", "z.md"))
    expect(await watched.next(({ event }) => event === "document-moved")).toMatchObject({
      from: "a.md",
      path: "new/z.md",
    })
    unlinkSync(join(base.docs, "b.md"))
    expect(await watched.next(({ event }) => event === "document-removed")).toMatchObject({ path: "b.md" })
    expect(Object.keys(await base.catalogue()).sort()).toEqual(["new/c.md", "new/z.md"])
    expect(base.embedder.embedded).toBe(3)
    const { passages } = await base.kb.search({ question: "Which pump needs oil?" }, { principal: ADMIN })
    expect(passages[0]).toMatchObject({ path: "new/z.md" })
  })

  test("keeps what it knows of a folder in SQL, with patterns and limit", async () => {
    write("a.md", "# One\n\nThe pump needs oil.\n")
    write("drafts/b.md", "# Two\n\nThe valve needs none.\n")
    const watched = base.watch({ ignore: ["drafts/"], maxFileBytes: 1_000 })
    await watched.next(({ event }) => event === "summary")
    expect(await sources()).toMatchObject([
      {
        ...{ collection: "default", root: base.docs, documents: 1, isWatched: true, ignore: ["drafts/"] },
        ...{ maxFileBytes: 1_000, watchedSince: expect.any(String), reconciledAt: expect.any(String), pausedAt: null },
      },
    ])
    await watched.stop()
    expect(await sources()).toMatchObject([{ isWatched: false, watchedSince: expect.any(String) }])
    expect(await base.ingest(base.docs)).toMatchObject([{ event: "document-unchanged", path: "a.md" }, {}])
  })

  test("refuses to watch a folder twice, a file, what is missing, and who may not", async () => {
    write("a.md", "# One\n")
    await base.watch().next(({ event }) => event === "summary")
    const attempt = (path: string, principal = ADMIN) =>
      base.kb.watch({ path }, { principal })[Symbol.asyncIterator]().next()
    await expect(attempt(base.docs)).rejects.toMatchObject({ code: "conflict" })
    await expect(attempt(join(base.docs, "a.md"))).rejects.toMatchObject({ code: "not-a-file" })
    await expect(attempt(join(base.docs, "gone"))).rejects.toMatchObject({ code: "path-not-found" })
    await expect(attempt(folder, { ...ADMIN, role: "reader" })).rejects.toMatchObject({ code: "forbidden" })
  })

  test("tells once why it is paused, and goes on when a person says so", async () => {
    for (let number = 0; number < 10; number++) write(`${number}.md`, `# Note ${number}\n\nThe pump ${number}.\n`)
    const watched = base.watch()
    await watched.next(({ event }) => event === "summary")
    const id = sourceIdOf(COLLECTION, base.docs)
    for (let number = 0; number < 6; number++) unlinkSync(join(base.docs, `${number}.md`))
    const reason = "Many files are gone at once: 6 of 10 documents would be removed"
    expect(await watched.next(({ event }) => event === "source-paused")).toEqual({
      ...{ event: "source-paused", root: base.docs, reason },
    })
    await expect(watched.inStep()).rejects.toMatchObject({
      ...{ code: "source-paused", message: `Cannot go on with ${JSON.stringify(base.docs)}: ${reason}` },
    })
    expect(watched.events.filter(({ event }) => event === "source-paused")).toHaveLength(1)
    expect(await base.kb.resumeSource(id, { confirmRemoval: true }, { principal: ADMIN })).toMatchObject({
      ...{ documents: 4, pausedAt: null, pauseReason: null },
    })
    expect(Object.keys(await base.catalogue())).toHaveLength(4)
    await expect(
      base.kb.resumeSource("src_none", { confirmRemoval: true }, { principal: ADMIN }),
    ).rejects.toMatchObject({ code: "source-not-found" })
  })

  test("stays in step through random changes while it runs and while it does not", { timeout: 120_000 }, async () => {
    const changes = createRandomChanges(base.docs, 4)
    changes.create(300)
    let watched = base.watch()
    await watched.next(({ event }) => event === "summary")
    expect(await base.catalogue()).toEqual(changes.contents())

    const embedded = base.embedder.embedded
    changes.rename(20)
    await watched.inStep()
    expect(await base.catalogue()).toEqual(changes.contents())
    expect(base.embedder.embedded).toBe(embedded)

    changes.change(40)
    await watched.inStep()
    expect(await base.catalogue()).toEqual(changes.contents())

    await base.dispose()
    changes.change(40)
    base = await openWatchedBase(folder)
    watched = base.watch()
    await watched.next(({ event }) => event === "summary")
    expect(await base.catalogue()).toEqual(changes.contents())

    const before = await base.catalogue()
    renameSync(base.docs, `${base.docs}-unmounted`)
    await expect(watched.inStep()).rejects.toMatchObject({ code: "source-paused" })
    mkdirSync(base.docs)
    await expect(watched.inStep()).rejects.toMatchObject({ code: "source-paused" })
    expect(await base.catalogue()).toEqual(before)
    renameSync(`${base.docs}-unmounted`, `${base.docs}-back`)
    renameSync(base.docs, `${base.docs}-empty`)
    renameSync(`${base.docs}-back`, base.docs)
    await watched.inStep()
    expect(await base.catalogue()).toEqual(changes.contents())
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })
})
