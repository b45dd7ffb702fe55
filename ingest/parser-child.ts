/** Entry of the parser process: one request at a time, the file is read here, nothing is fetched. */
import { readFile } from "node:fs/promises"
import { IbidError } from "../src/core/errors.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { extensionWarnings } from "./media-type.ts"
import { collectEmbedded } from "./parse/embedded.ts"
import { isOutOfMemory, parseFailure } from "./parse/failure.ts"
import { parserFor } from "./parse/registry.ts"
import type { ParseReply, ParseWork } from "./parser-host.ts"
import { refuseNetwork } from "./refuse-network.ts"

refuseNetwork()
silenceConsole()
process.on("message", (work: ParseWork) => {
  void reply(work).then((message) => process.send?.(message))
})
process.on("disconnect", () => process.exit(0))
// The large libraries come before the memory limit is set, which counts from what the started process has.
await Promise.all([import("pdf-parse"), import("mammoth")])
process.send?.({ type: "ready" } satisfies ParseReply)

async function reply(work: ParseWork): Promise<ParseReply> {
  const { id, path, mediaType } = work
  try {
    const parser = parserFor(mediaType, path)
    const bytes = await readFile(work.file)
    if (bytes.length === 0) throw parseFailure("empty-file", path)
    const collected = collectEmbedded(path, work.embeddedFolder)
    const finish = (document: ParsedDocument): ParsedDocument => ({
      ...document,
      warnings: [...extensionWarnings(path, mediaType), ...document.warnings],
      report: { ...document.report, embeddedFiles: [...collected.report] },
    })
    const document = await parser.parse(
      bytes,
      { path, mediaType },
      {
        recognised: new Map((work.recognised ?? []).map((page) => [page.page, page])),
        embed: collected.embed,
        refuse: collected.refuse,
        part: (part) => process.send?.({ type: "part", id, document: finish(part) } satisfies ParseReply),
      },
    )
    return { type: "parsed", id, document: finish(document), embedded: collected.files }
  } catch (thrown) {
    const error = asIbidError(thrown, path)
    const reason = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined
    return { type: "failed", id, code: error.code, message: error.message, ...(reason && { reason }) }
  }
}

/** What a parser throws unforeseen, it throws over the content: the file is damaged. */
function asIbidError(thrown: unknown, path: string): IbidError {
  if (thrown instanceof IbidError) return thrown
  if (isOutOfMemory(thrown)) return parseFailure("parse-out-of-memory", path, { cause: thrown })
  const systemCode = thrown instanceof Error && "code" in thrown ? thrown.code : undefined
  const name = JSON.stringify(path)
  if (systemCode === "ENOENT")
    return new IbidError("path-not-found", `Cannot parse ${name}: it is gone`, { cause: thrown })
  if (systemCode === "EACCES") {
    return new IbidError("permission-denied", `Cannot parse ${name}: permission denied`, { cause: thrown })
  }
  return parseFailure("broken-file", path, { cause: thrown })
}

/** Libraries print what they find odd; the log is JSON lines and the results are elsewhere. */
function silenceConsole(): void {
  const quiet = (): void => undefined
  Object.assign(globalThis.console, { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet })
}
