import { isOutOfMemory, parseFailure } from "./failure.ts"
import { isOleContainer } from "./ole.ts"

/** Streams at the root of an OLE container by lower-case name. Throws `empty-file`, `broken-file`. */
export async function openOleStreams(bytes: Uint8Array, path: string): Promise<ReadonlyMap<string, Buffer>> {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  if (!isOleContainer(bytes)) throw parseFailure("broken-file", path)
  const { default: cfb } = await import("cfb")
  try {
    const container = cfb.read(Buffer.from(bytes), { type: "buffer" })
    const streams = new Map<string, Buffer>()
    for (const [index, name] of container.FullPaths.entries()) {
      const entry = container.FileIndex[index]
      if (entry?.type === STREAM && name.split("/").length === 2) {
        streams.set(entry.name.toLowerCase(), Buffer.from(entry.content))
      }
    }
    return streams
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    throw parseFailure("broken-file", path, { cause })
  }
}

const STREAM = 2
