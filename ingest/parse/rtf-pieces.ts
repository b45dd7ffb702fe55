/** A piece of Rich Text Format. Bytes are of the code page that holds where they stand. */
export type RtfPiece =
  | { readonly type: "open" }
  | { readonly type: "close" }
  | { readonly type: "word"; readonly name: string; readonly value: number | undefined }
  /** A backslash with one sign behind it: `\~`, `\*`. */
  | { readonly type: "symbol"; readonly sign: string }
  | { readonly type: "byte"; readonly byte: number }

/** Splits RTF into pieces; binary data (`\bin`) is passed over, however much it claims to be. RTF 1.9.1, page 9. */
export function readRtfPieces(bytes: Uint8Array, onPiece: (piece: RtfPiece) => void): void {
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at++] ?? 0
    if (byte === OPEN) onPiece({ type: "open" })
    else if (byte === CLOSE) onPiece({ type: "close" })
    else if (byte === BACKSLASH) at = readControl(bytes, at, onPiece)
    else if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== 0) onPiece({ type: "byte", byte })
  }
}

const OPEN = 0x7b
const CLOSE = 0x7d
const BACKSLASH = 0x5c
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const APOSTROPHE = 0x27
const MINUS = 0x2d
/** Words and numbers of the format are shorter. */
const MOST_LETTERS = 40
const MOST_DIGITS = 10

/** Returns the place behind the control word or symbol. */
function readControl(bytes: Uint8Array, start: number, onPiece: (piece: RtfPiece) => void): number {
  let at = start
  while (isLetter(bytes[at]) && at - start < MOST_LETTERS) at++
  if (at === start) return readSymbol(bytes, start, onPiece)
  const name = ascii(bytes, start, at)
  const number = at
  if (bytes[at] === MINUS && isDigit(bytes[at + 1])) at++
  while (isDigit(bytes[at]) && at - number < MOST_DIGITS) at++
  const value = at > number ? Number(ascii(bytes, number, at)) : undefined
  if (bytes[at] === SPACE) at++
  if (name === "bin") return at + Math.max(0, value ?? 0)
  onPiece({ type: "word", name, value })
  return at
}

function readSymbol(bytes: Uint8Array, start: number, onPiece: (piece: RtfPiece) => void): number {
  const sign = bytes[start]
  if (sign === undefined) return start
  if (sign !== APOSTROPHE) {
    onPiece({ type: "symbol", sign: String.fromCharCode(sign) })
    return start + 1
  }
  const digits = ascii(bytes, start + 1, start + 3)
  if (!/^[0-9a-f]{2}$/i.test(digits)) return start + 1
  onPiece({ type: "byte", byte: Number.parseInt(digits, 16) })
  return start + 3
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a))
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
