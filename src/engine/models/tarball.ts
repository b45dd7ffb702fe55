import { createReadStream } from "node:fs"
import { createGunzip } from "node:zlib"
import { extract as extractTar } from "tar-stream"
import { IbidError } from "../../core/errors.ts"

/** The content of one file of a gzipped tar, piece by piece. Nothing is unpacked elsewhere. Throws `model-damaged`. */
export async function* readTarMember(path: string, member: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path)
  const unpacked = createGunzip()
  const extract = extractTar()
  source.on("error", (error: Error) => extract.destroy(error))
  unpacked.on("error", (error: Error) => extract.destroy(error))
  source.pipe(unpacked).pipe(extract)
  try {
    for await (const entry of extract) {
      if (entry.header.type === "file" && entry.header.name === member) return yield* entry as AsyncIterable<Uint8Array>
      entry.resume()
    }
  } finally {
    source.destroy()
  }
  throw new IbidError("model-damaged", `Cannot take the model: the package has no ${member}`)
}
