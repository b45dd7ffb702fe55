const ALIGNMENT = 32

export interface Tensor {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly data: Float32Array
}

/** A value with the number of its type in the format. */
export interface Value {
  readonly type: number
  readonly bytes: Buffer
}

/** A GGUF v3 file of F32 tensors. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
export function gguf(keys: readonly Buffer[], tensors: readonly Tensor[]): Buffer {
  const infos: Buffer[] = []
  let offset = 0
  for (const { name, dimensions, data } of tensors) {
    const F32 = 0
    infos.push(text(name).bytes, number(dimensions.length).bytes, ...dimensions.map(long))
    infos.push(number(F32).bytes, long(offset))
    offset += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT
  }
  const version = number(3).bytes
  const head = Buffer.concat([Buffer.from("GGUF"), version, long(tensors.length), long(keys.length), ...keys, ...infos])
  const bodies = tensors.map(({ data }) => padded(Buffer.from(data.buffer)))
  return Buffer.concat([padded(head), ...bodies])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)])
}

/** A key with its value, as the file holds it. */
export function key(name: string, { type, bytes }: Value): Buffer {
  return Buffer.concat([text(name).bytes, number(type).bytes, bytes])
}

export function list(values: readonly Value[]): Value {
  const head = [number(values[0]?.type ?? 0).bytes, long(values.length)]
  return { type: 9, bytes: Buffer.concat([...head, ...values.map(({ bytes }) => bytes)]) }
}

export function text(value: string): Value {
  const bytes = Buffer.from(value)
  return { type: 8, bytes: Buffer.concat([long(bytes.length), bytes]) }
}

export function number(value: number): Value {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return { type: 4, bytes }
}

export function integer(value: number): Value {
  return { type: 5, bytes: number(value).bytes }
}

export function real(value: number): Value {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return { type: 6, bytes }
}

export function flag(value: boolean): Value {
  return { type: 7, bytes: Buffer.from([value ? 1 : 0]) }
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

/** mulberry32: numbers in [0, 1), the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
