import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { detectMediaType } from "../../ingest/media-type.ts"
import { createParserHost, type Parsed } from "../../ingest/parser-host.ts"
import { IbidError } from "../../src/core/errors.ts"

interface ChildOutcome {
  /** `read`, or the code that the document is refused with. */
  readonly code: string
  readonly parsed?: Parsed
}

/**
 * Parses documents in the real parser process, one for all tests of a file, with the product's own limits: what takes
 * longer than a minute is `parse-timeout`, what takes too much memory `parse-out-of-memory`.
 */
export function parserChild(): (path: string, content: string | Uint8Array) => Promise<ChildOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "ibid-child-"))
  const host = createParserHost({ timeoutMs: 60_000, memoryMb: 1024, log: () => undefined })
  afterAll(async () => {
    await host.dispose()
    rmSync(folder, { recursive: true, force: true })
  })
  let count = 0
  return async (path, content) => {
    const file = join(folder, `stored-${++count}`)
    const embeddedFolder = mkdtempSync(join(folder, "embedded-"))
    writeFileSync(file, content)
    try {
      const { mediaType } = detectMediaType(path, readFileSync(file))
      const parsed = await host.parse({ file, path, mediaType, embeddedFolder })
      return { code: "read", parsed }
    } catch (error) {
      return { code: error instanceof IbidError ? error.code : "no IbidError" }
    }
  }
}
