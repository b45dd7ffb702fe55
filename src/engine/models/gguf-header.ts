import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { IbidError } from "../../core/errors.ts"

export interface GgufHeader {
  /** Texts and numbers; lists are left out. */
  readonly values: ReadonlyMap<string, string | number | boolean>
  /** Dimensions by name: the length of a row first. */
  readonly tensors: ReadonlyMap<string, readonly number[]>
}

const WINDOW_BYTES = 1 << 20
const MAGIC_AND_VERSION_BYTES = 8
const MOST_DIMENSIONS = 4
/** Longer is no key, name or value that is asked for here, and is not kept. */
const LONGEST_TEXT_BYTES = 65_535

/**
 * What the header of a GGUF file says; its counts have passed `checkGguf`. Reads no further than the file goes, whatever
 * lengths it tells. Throws `model-damaged`. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function readGgufHeader(file: string): GgufHeader {
  const descriptor = openSync(file, "r")
  try {
    const cursor = createCursor(descriptor)
    cursor.skip(MAGIC_AND_VERSION_BYTES)
    const tensorCount = cursor.long()
    const keyCount = cursor.long()
    const values = new Map<string, string | number | boolean>()
    for (let at = 0; at < keyCount; at++) {
      const key = cursor.text()
      const value = readValue(cursor, cursor.read(4).readUInt32LE())
      if (value !== undefined) values.set(key, value)
    }
    const tensors = new Map<string, readonly number[]>()
    for (let at = 0; at < tensorCount; at++) {
      const name = cursor.text()
      const dimensions = cursor.read(4).readUInt32LE()
      if (dimensions > MOST_DIMENSIONS) throw damaged()
      tensors.set(
        name,
        Array.from({ length: dimensions }, () => cursor.long()),
      )
      cursor.skip(4 + 8) // type and offset
    }
    return { values, tensors }
  } finally {
    closeSync(descriptor)
  }
}

type Cursor = ReturnType<typeof createCursor>

function createCursor(descriptor: number) {
  const { size } = fstatSync(descriptor)
  let window = Buffer.alloc(0)
  let windowStart = 0
  let position = 0
  const read = (length: number): Buffer => {
    if (length > size - position) throw damaged()
    if (position < windowStart || position + length > windowStart + window.length) {
      window = Buffer.alloc(Math.min(Math.max(WINDOW_BYTES, length), size - position))
      windowStart = position
      if (readSync(descriptor, window, 0, window.length, position) < length) throw damaged()
    }
    const from = position - windowStart
    position += length
    return window.subarray(from, from + length)
  }
  const long = (): number => Number(read(8).readBigUInt64LE())
  const skip = (length: number): void => {
    if (length > size - position) throw damaged()
    position += length
  }
  return {
    ...{ read, long, skip },
    text(): string {
      const length = long()
      if (length <= LONGEST_TEXT_BYTES) return read(length).toString()
      skip(length)
      return ""
    },
  }
}

const TEXT = 8
const LIST = 9
/** By the number of a type in the format. */
const SCALARS: ReadonlyMap<number, { readonly bytes: number; read(bytes: Buffer): number | boolean }> = new Map([
  [0, { bytes: 1, read: (bytes: Buffer) => bytes.readUInt8() }],
  [1, { bytes: 1, read: (bytes: Buffer) => bytes.readInt8() }],
  [2, { bytes: 2, read: (bytes: Buffer) => bytes.readUInt16LE() }],
  [3, { bytes: 2, read: (bytes: Buffer) => bytes.readInt16LE() }],
  [4, { bytes: 4, read: (bytes: Buffer) => bytes.readUInt32LE() }],
  [5, { bytes: 4, read: (bytes: Buffer) => bytes.readInt32LE() }],
  [6, { bytes: 4, read: (bytes: Buffer) => bytes.readFloatLE() }],
  [7, { bytes: 1, read: (bytes: Buffer) => bytes.readUInt8() !== 0 }],
  [10, { bytes: 8, read: (bytes: Buffer) => Number(bytes.readBigUInt64LE()) }],
  [11, { bytes: 8, read: (bytes: Buffer) => Number(bytes.readBigInt64LE()) }],
  [12, { bytes: 8, read: (bytes: Buffer) => bytes.readDoubleLE() }],
])

function readValue(cursor: Cursor, type: number): string | number | boolean | undefined {
  if (type === TEXT) return cursor.text()
  const scalar = SCALARS.get(type)
  if (scalar !== undefined) return scalar.read(cursor.read(scalar.bytes))
  if (type !== LIST) throw damaged()
  const kind = cursor.read(4).readUInt32LE()
  const length = cursor.long()
  const item = SCALARS.get(kind)
  if (item !== undefined) cursor.skip(item.bytes * length)
  else if (kind === TEXT) for (let at = 0; at < length; at++) cursor.text()
  else throw damaged()
  return undefined
}

function damaged(): IbidError {
  return new IbidError("model-damaged", "Cannot read the model: the header of its file is broken")
}
