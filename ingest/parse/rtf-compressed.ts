/** RTF within a mail; undefined where it is damaged. MS-OXRTFCP, "RTF Compression Algorithm". */
export function decompressRtf(compressed: Uint8Array): Buffer | undefined {
  const input = Buffer.from(compressed.buffer, compressed.byteOffset, compressed.byteLength)
  if (input.length < HEADER_BYTES) return undefined
  const size = input.readUInt32LE(4)
  const mark = input.toString("latin1", 8, 12)
  if (mark === "MELA") return input.subarray(HEADER_BYTES, HEADER_BYTES + size)
  // A token of two bytes gives seventeen at most: what states more is a lie.
  if (mark !== "LZFu" || size > input.length * 9) return undefined
  const window = Buffer.alloc(WINDOW_BYTES)
  let position = window.write(FIRST_WINDOW, "latin1")
  const output = Buffer.alloc(size)
  let written = 0
  const put = (byte: number): void => {
    if (written < size) output[written++] = byte
    window[position] = byte
    position = (position + 1) % WINDOW_BYTES
  }
  let at = HEADER_BYTES
  while (at < input.length && written < size) {
    const flags = input[at++] ?? 0
    for (let bit = 0; bit < 8 && at < input.length; bit++) {
      if ((flags & (1 << bit)) === 0) put(input[at++] ?? 0)
      else {
        const token = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0)
        at += 2
        const from = token >> 4
        if (from === position) return output.subarray(0, written)
        for (let index = 0; index < (token & 15) + 2; index++) put(window[(from + index) % WINDOW_BYTES] ?? 0)
      }
    }
  }
  return output.subarray(0, written)
}

const HEADER_BYTES = 16
const WINDOW_BYTES = 4096
const FIRST_WINDOW =
  "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript " +
  "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par " +
  "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
