import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** A temporary folder that is gone when the test ends. */
export function temporaryFolder(): string {
  const folder = makeTemporaryFolder()
  onTestFinished(() => folder.remove())
  return folder.path
}

/** A temporary folder for several tests of a file, whose end is up to the caller. */
export function makeTemporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "ibid-test-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
