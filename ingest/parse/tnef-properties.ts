export interface MapiProperty {
  readonly id: number
  readonly isUnicode: boolean
  /** First value. */
  readonly data: Buffer
}

/**
 * Properties of a message or a file in TNEF, those of variable length alone; what is damaged ends the list. MS-OXTNEF
 * 2.1.3.4, "MsgPropertyList".
 */
export function readProperties(buffer: Buffer): readonly MapiProperty[] {
  const found: MapiProperty[] = []
  try {
    let at = 4
    for (let count = buffer.readUInt32LE(0); count > 0; count--) {
      const type = buffer.readUInt16LE(at)
      const id = buffer.readUInt16LE(at + 2)
      at = id >= FIRST_NAMED ? behindName(buffer, at + 4) : at + 4
      const fixedBytes = FIXED_BYTES.get(type & ~SEVERAL)
      if (fixedBytes !== undefined) {
        const values = (type & SEVERAL) === 0 ? 1 : buffer.readUInt32LE(at)
        at += ((type & SEVERAL) === 0 ? 0 : 4) + values * fixedBytes
        continue
      }
      let values = buffer.readUInt32LE(at)
      at += 4
      for (let isFirst = true; values > 0; values--, isFirst = false) {
        const length = buffer.readUInt32LE(at)
        const data = buffer.subarray(at + 4, at + 4 + length)
        if (isFirst && data.length === length) found.push({ id, isUnicode: (type & ~SEVERAL) === UNICODE, data })
        at += 4 + padded(length)
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown // Beyond the end: what came before is whole.
  }
  return found
}

const FIRST_NAMED = 0x8000
const SEVERAL = 0x1000
const UNICODE = 0x1f
/** Size of a value by its type, filled up to four bytes. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  ...[2, 3, 4, 10, 11].map((type) => [type, 4] as const),
  ...[5, 6, 7, 0x14, 0x40].map((type) => [type, 8] as const),
  [0x48, 16],
])

/** A named property states a set, and its name as a number or a text. */
function behindName(buffer: Buffer, at: number): number {
  const isNumber = buffer.readUInt32LE(at + 16) === 0
  return isNumber ? at + 24 : at + 24 + padded(buffer.readUInt32LE(at + 20))
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}
