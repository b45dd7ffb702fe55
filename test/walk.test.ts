import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, realpathSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { resolveGiven } from "../ingest/given-path.ts"
import { createIgnorePatterns } from "../ingest/ignore.ts"
import { type Found, walk } from "../ingest/walk.ts"
import { temporaryFolder } from "./support/folder.ts"
import { withoutPrivilege } from "./support/without-privilege.ts"

async function all(root: string, patterns: readonly string[] = [], signal?: AbortSignal): Promise<Found[]> {
  const found: Found[] = []
  for await (const one of walk(root, { ignore: createIgnorePatterns(patterns), signal })) found.push(one)
  return found
}

function folderWith(...names: string[]): string {
  const folder = realpathSync(temporaryFolder())
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), name)
  }
  return folder
}

const paths = (found: readonly Found[]) => found.map(({ path }) => path)

describe("walk()", () => {
  test("walks a folder in the order of the bytes of its names", async () => {
    const folder = folderWith("b.md", "a/z.md", "a/B.md", "a.md", "é.md", "Z.md")
    expect(paths(await all(folder))).toEqual(["Z.md", "a/B.md", "a/z.md", "a.md", "b.md", "é.md"])
  })

  test("gives size, time of change and what the file is known by at another name", async () => {
    const folder = folderWith("sub/a.md")
    utimesSync(join(folder, "sub/a.md"), 1_700_000_000, 1_700_000_000)
    const [found] = await all(folder)
    expect(found).toMatchObject({
      ...{ type: "file", path: "sub/a.md", names: 1 },
      facts: { sizeBytes: 8, modifiedAt: 1_700_000_000_000 },
    })
    renameSync(join(folder, "sub"), join(folder, "other"))
    const [renamed] = await all(folder)
    if (found?.type !== "file" || renamed?.type !== "file") throw new Error("Not found")
    expect(renamed.facts).toMatchObject({ identity: found.facts.identity, stamp: found.facts.stamp })
  })

  test("leaves out hidden names, and names links and pipes with the reason", async () => {
    const outside = folderWith("secret.md")
    const folder = folderWith("a.md", ".hidden.md", ".git/config.md")
    symlinkSync(outside, join(folder, "folder-link"))
    symlinkSync(folder, join(folder, "loop"))
    execFileSync("mkfifo", [join(folder, "pipe.md")])
    expect(await all(folder)).toMatchObject([
      { type: "file", path: "a.md" },
      { type: "skipped", path: "folder-link", error: { code: "outside-root" } },
      { type: "skipped", path: "loop", error: { code: "outside-root" } },
      { type: "skipped", path: "pipe.md", error: { code: "not-a-file" } },
    ])
  })

  test("does not enter a folder that is left out", async () => {
    const folder = folderWith("a.md", "build/b.md", "build/keep.md", "src/build/c.md")
    expect(paths(await all(folder, ["/build/", "!/build/keep.md"]))).toEqual(["a.md", "src/build/c.md"])
  })

  test("yields failures for a folder and goes on", async () => {
    const folder = folderWith("closed/a.md", "z.md")
    chmodSync(join(folder, "closed"), 0)
    const found = await withoutPrivilege(folder, () => all(folder))
    chmodSync(join(folder, "closed"), 0o700)
    expect(found).toMatchObject([
      { type: "failure", path: "closed", error: { code: "permission-denied" } },
      { type: "file", path: "z.md" },
    ])
  })

  test("yields a failure for a name that is not valid UTF-8", async () => {
    const folder = folderWith("z.md")
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([0xff]), Buffer.from(".md")]), "text")
    expect(await all(folder)).toMatchObject([
      { type: "failure", path: "a\uFFFD.md", error: { message: expect.stringContaining("not valid UTF-8") } },
      { type: "file", path: "z.md" },
    ])
  })

  test("stops with `cancelled` when the signal has fired", async () => {
    await expect(all(folderWith("a.md"), [], AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" })
  })
})

describe("resolveGiven()", () => {
  test("takes the folder of a single file for its root", async () => {
    const folder = folderWith("sub/a.md")
    expect(await resolveGiven(join(folder, "sub/a.md"))).toEqual({ root: join(folder, "sub"), only: "a.md" })
  })

  test("follows a link that is itself given", async () => {
    const folder = folderWith("real/a.md")
    symlinkSync(join(folder, "real"), join(folder, "link"))
    expect(await resolveGiven(join(folder, "link"))).toEqual({ root: join(folder, "real") })
  })

  test("throws for what is missing, and for what is neither file nor folder", async () => {
    const missing = join(folderWith(), "gone")
    await expect(resolveGiven(missing)).rejects.toMatchObject({
      ...{ code: "path-not-found", message: `Cannot read "${missing}": no such file or folder` },
    })
    await expect(resolveGiven("/dev/null")).rejects.toMatchObject({ code: "not-a-file" })
  })
})
