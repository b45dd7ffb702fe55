import { createReadStream, existsSync } from "node:fs"
import { mkdir, open, readdir, rm, stat } from "node:fs/promises"
import { basename, join } from "node:path"
import { createGunzip } from "node:zlib"
import { extract as extractTar } from "tar-stream"
import { IbidError, throwIfAborted } from "../../core/errors.ts"
import type { Catalogue } from "./catalogue.ts"
import { hashFile, sizeOf, writeChecked } from "./files.ts"

export interface Imported {
  readonly id: string
  /** Path within the folder of models. */
  readonly file: string
}

interface Wanted {
  readonly id: string
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

const UNKNOWN = "any GGUF file can be used where it is, by IBID_GENERATOR=PATH"

/**
 * Takes models from a file, a folder or a tar (also gzipped) that was carried in by hand. What a file is called does not
 * matter: its size and SHA-256 tell what it is. Throws `path-not-found`, and `model-damaged` where nothing is known.
 */
export async function importModels(
  path: string,
  catalogue: Catalogue,
  modelsFolder: string,
  signal?: AbortSignal,
): Promise<Imported[]> {
  if (!existsSync(path)) throw new IbidError("path-not-found", "Cannot import: there is nothing at the path")
  const wanted = wantedFiles(catalogue)
  const imported: Imported[] = []
  if ((await stat(path)).isDirectory()) {
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        imported.push(...(await importFile(join(entry.parentPath, entry.name), wanted, modelsFolder, signal)))
    }
  } else if (/\.(tar|tar\.gz|tgz)$/.test(path)) {
    imported.push(...(await importTar(path, wanted, modelsFolder, signal)))
  } else imported.push(...(await importFile(path, wanted, modelsFolder, signal)))
  if (imported.length === 0) {
    // The hash is what a person can look up at the publisher's.
    const seen = path.endsWith(".gguf")
      ? `its SHA-256 is ${await hashFile(path, signal)}, which`
      : "it holds nothing that"
    throw new IbidError(
      "model-damaged",
      `Cannot import ${basename(path)}: ${seen} the catalogue does not know; ${UNKNOWN}`,
    )
  }
  return imported
}

function wantedFiles(catalogue: Catalogue): Wanted[] {
  return [
    ...[...catalogue.generators, ...catalogue.ocrLanguages].map(({ id, file, bytes, sha256 }) => ({
      id,
      file,
      bytes,
      sha256,
    })),
    ...[...catalogue.embedders, ...catalogue.readers].flatMap(({ id, folder, files }) =>
      files.map(({ path, bytes, sha256 }) => ({ id, file: join(folder, path), bytes, sha256 })),
    ),
  ]
}

/** The same bytes may belong to several models: a tokenizer is shared. */
async function importFile(
  path: string,
  wanted: readonly Wanted[],
  modelsFolder: string,
  signal: AbortSignal | undefined,
): Promise<Imported[]> {
  const bySize = wanted.filter((candidate) => candidate.bytes === sizeOf(path))
  if (bySize.length === 0) return []
  const sha256 = await hashFile(path, signal)
  const matching = bySize.filter((candidate) => candidate.sha256 === sha256)
  for (const match of matching) {
    await writeChecked(
      createReadStream(path, { highWaterMark: 1 << 20 }),
      join(modelsFolder, match.file),
      match,
      signal,
    )
  }
  return matching.map(({ id, file }) => ({ id, file }))
}

/** Members are written under a name of ours and then taken as files: names in the archive decide nothing. */
async function importTar(
  path: string,
  wanted: readonly Wanted[],
  modelsFolder: string,
  signal: AbortSignal | undefined,
): Promise<Imported[]> {
  const temporary = join(modelsFolder, ".import.part")
  await mkdir(modelsFolder, { recursive: true })
  // From here to the loop nothing may wait: a member that nobody listens for is lost, and the archive stops at it.
  const extract = extractTar()
  const source = createReadStream(path)
  const unpacked = path.endsWith(".tar") ? source : source.pipe(createGunzip())
  source.on("error", (error: Error) => extract.destroy(error))
  unpacked.on("error", (error: Error) => extract.destroy(error))
  unpacked.pipe(extract)
  const imported: Imported[] = []
  try {
    for await (const entry of extract) {
      throwIfAborted(signal)
      const isWanted = entry.header.type === "file" && wanted.some(({ bytes }) => bytes === entry.header.size)
      if (!isWanted) {
        entry.resume()
        continue
      }
      const file = await open(temporary, "w")
      try {
        for await (const piece of entry) await file.write(piece as Uint8Array)
      } finally {
        await file.close()
      }
      imported.push(...(await importFile(temporary, wanted, modelsFolder, signal)))
    }
  } catch (cause) {
    throwIfAborted(signal)
    if (cause instanceof IbidError) throw cause
    throw new IbidError("model-damaged", `Cannot import ${basename(path)}: the archive is broken`, { cause })
  } finally {
    source.destroy()
    await rm(temporary, { force: true })
  }
  return imported
}
