import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { IbidError } from "../../core/errors.ts"

const HEADER_BYTES = 24
/** A key-value takes at least a length, a one-byte key, a type and a one-byte value; a tensor a length, a name, … */
const LEAST_BYTES_PER_KEY = 8 + 1 + 4 + 1
const LEAST_BYTES_PER_TENSOR = 8 + 1 + 4 + 8 + 4 + 8

/**
 * Refuses what cannot be a GGUF model by its first 24 bytes: magic, version, and counts that the file has room for. A
 * made-up header can keep the native reader busy for ever. Throws `model-damaged`.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function checkGguf(file: string, id: string): void {
  const descriptor = openSync(file, "r")
  try {
    const head = Buffer.alloc(HEADER_BYTES)
    const { size } = fstatSync(descriptor)
    const isWhole = readSync(descriptor, head, 0, HEADER_BYTES, 0) === HEADER_BYTES
    const version = head.readUInt32LE(4)
    const tensors = head.readBigUInt64LE(8)
    const keys = head.readBigUInt64LE(16)
    const leastBytes =
      BigInt(HEADER_BYTES) + tensors * BigInt(LEAST_BYTES_PER_TENSOR) + keys * BigInt(LEAST_BYTES_PER_KEY)
    const isGguf = head.toString("latin1", 0, 4) === "GGUF" && version >= 2 && version <= 3
    if (isWhole && isGguf && tensors > 0n && keys > 0n && leastBytes <= BigInt(size)) return
  } finally {
    closeSync(descriptor)
  }
  throw new IbidError("model-damaged", `Cannot load the model ${id}: its file is not a GGUF model`)
}
