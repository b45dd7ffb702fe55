import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type FoundFile, findFiles } from "../ingest/source.ts"
import { temporaryFolder } from "./support/folder.ts"

async function all(paths: readonly string[], signal?: AbortSignal): Promise<FoundFile[]> {
  const files: FoundFile[] = []
  for await (const file of findFiles(paths, signal === undefined ? {} : { signal })) files.push(file)
  return files
}

function write(folder: string, names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), name)
  }
}

/** Root may read everything, so the walk is done as nobody. */
async function withoutPrivilege<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return await work()
  chmodSync(folder, 0o755)
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

describe("findFiles()", () => {
  test("walks a folder in the order of the bytes of its names", async () => {
    const folder = temporaryFolder()
    write(folder, ["b.md", "a/z.md", "a/B.md", "a.md", "é.md", "Z.md"])
    expect((await all([folder])).map((file) => file.path)).toEqual(["Z.md", "a/B.md", "a/z.md", "a.md", "b.md", "é.md"])
  })

  test("gives root, size and time of change", async () => {
    const folder = temporaryFolder()
    write(folder, ["sub/a.md"])
    utimesSync(join(folder, "sub/a.md"), 1_700_000_000, 1_700_000_000)
    const root = realpathSync(folder)
    expect(await all([folder])).toEqual([
      {
        type: "file",
        root,
        path: "sub/a.md",
        absolutePath: join(root, "sub/a.md"),
        sizeBytes: 8,
        modifiedAt: 1_700_000_000_000,
      },
    ])
  })

  test("takes the folder of a single file for its root", async () => {
    const folder = temporaryFolder()
    write(folder, ["sub/a.md"])
    expect(await all([join(folder, "sub/a.md")])).toMatchObject([
      { root: join(realpathSync(folder), "sub"), path: "a.md" },
    ])
  })

  test("leaves out hidden names, links and pipes", async () => {
    const folder = temporaryFolder()
    const outside = temporaryFolder()
    write(outside, ["secret.md"])
    write(folder, ["a.md", ".hidden.md", ".git/config.md"])
    symlinkSync(outside, join(folder, "folder-link"))
    symlinkSync(join(outside, "secret.md"), join(folder, "link.md"))
    symlinkSync(folder, join(folder, "loop"))
    execFileSync("mkfifo", [join(folder, "pipe.md")])
    expect((await all([folder])).map((file) => file.path)).toEqual(["a.md"])
  })

  test("follows a link that is itself given", async () => {
    const folder = temporaryFolder()
    write(folder, ["real/a.md"])
    symlinkSync(join(folder, "real"), join(folder, "link"))
    expect(await all([join(folder, "link")])).toMatchObject([
      { root: join(realpathSync(folder), "real"), path: "a.md" },
    ])
  })

  test("yields a failure for a missing path and goes on", async () => {
    const folder = temporaryFolder()
    write(folder, ["a.md"])
    const missing = join(folder, "gone")
    expect(await all([missing, folder])).toMatchObject([
      {
        type: "failure",
        path: missing,
        error: { code: "path-not-found", message: `Cannot read "${missing}": no such file or folder` },
      },
      { type: "file", path: "a.md" },
    ])
  })

  test("yields a failure for what is neither file nor folder", async () => {
    expect(await all(["/dev/null"])).toMatchObject([{ type: "failure", error: { code: "not-a-file" } }])
  })

  test("yields failures for a folder and a file without permission and goes on", async () => {
    const folder = temporaryFolder()
    write(folder, ["closed/a.md", "shut.md", "z.md"])
    chmodSync(join(folder, "closed"), 0)
    chmodSync(join(folder, "shut.md"), 0)
    const found = await withoutPrivilege(folder, () => all([folder]))
    chmodSync(join(folder, "closed"), 0o700)
    expect(found).toMatchObject([
      { type: "failure", path: "closed", error: { code: "permission-denied" } },
      { type: "failure", path: "shut.md", error: { code: "permission-denied" } },
      { type: "file", path: "z.md" },
    ])
  })

  test("stops with `cancelled` when the signal has fired", async () => {
    const folder = temporaryFolder()
    write(folder, ["a.md"])
    await expect(all([folder], AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" })
  })
})
