import { execFileSync } from "node:child_process"
import { closeSync, ftruncateSync, mkdirSync, openSync, realpathSync, utimesSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { readFileInside } from "../../../ingest/read-file.ts"
import { temporaryFolder } from "../../support/folder.ts"
import { openReconciledFolder } from "../../support/reconciled-folder.ts"

const POLICY = { maxFileBytes: 1_000, settleMs: 0 }
const isRoot = process.getuid?.() === 0

async function listenAt(path: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
}

/** A file without content blocks, as large as this disk allows, at most 40 TB. */
function writeSparse(path: string): void {
  const file = openSync(path, "w")
  for (let terabytes = 40; terabytes > 0; terabytes = Math.floor(terabytes / 2)) {
    try {
      ftruncateSync(file, terabytes * 1024 ** 4)
      break
    } catch {
      // this disk does not take files of that size
    }
  }
  closeSync(file)
  const then = Date.now() / 1_000 - 60
  utimesSync(path, then, then)
}

describe("B3: pipes, sockets, devices and sparse files in a watched folder", () => {
  test("are left out with the reason and are not waited for", { timeout: 10_000 }, async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "# One")
    execFileSync("mkfifo", [join(folder.root, "pipe.md")])
    await listenAt(join(folder.root, "socket.md"))
    writeSparse(join(folder.root, "sparse.md"))
    expect(await folder.pass()).toEqual([
      "skipped pipe.md not-a-file",
      "skipped socket.md not-a-file",
      "accepted a.md",
      "failed sparse.md file-too-large",
    ])
  })

  test("are refused when they have taken a file's place after the look", { timeout: 10_000 }, async () => {
    const root = realpathSync(temporaryFolder())
    execFileSync("mkfifo", [join(root, "pipe.md")])
    await listenAt(join(root, "socket.md"))
    mkdirSync(join(root, "folder.md"))
    for (const name of ["pipe.md", "socket.md", "folder.md"]) {
      await expect(readFileInside(root, name, POLICY)).rejects.toMatchObject({ code: "not-a-file" })
    }
  })

  test.skipIf(!isRoot)("a device is neither listed nor read (skipped: only root makes devices)", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "# One")
    execFileSync("mknod", [join(folder.root, "zero.md"), "c", "1", "5"])
    expect(await folder.pass()).toEqual(["skipped zero.md not-a-file", "accepted a.md"])
    await expect(readFileInside(folder.root, "zero.md", POLICY)).rejects.toMatchObject({ code: "not-a-file" })
  })

  test("a sparse file within the limit is read as what it says it is", async () => {
    const root = realpathSync(temporaryFolder())
    writeFileSync(join(root, "a.md"), "")
    const file = openSync(join(root, "a.md"), "r+")
    ftruncateSync(file, 1_000)
    closeSync(file)
    const content = await readFileInside(root, "a.md", POLICY)
    expect(content).toMatchObject({ type: "content", bytes: Buffer.alloc(1_000) })
  })
})
