import { crc32, deflateSync } from "node:zlib"
import { PDFDocument } from "pdf-lib"

/** Letters of 5 × 7 dots; a row is five bits. Only those that the note needs. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 15],
  I: [14, 4, 4, 4, 4, 4, 14],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  W: [17, 17, 17, 21, 21, 27, 17],
  X: [17, 17, 10, 4, 10, 17, 17],
  Y: [17, 17, 10, 4, 4, 4, 4],
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 6, 8, 16, 31],
  "4": [2, 6, 10, 18, 31, 2, 2],
  "6": [14, 16, 16, 30, 17, 17, 14],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "9": [14, 17, 17, 15, 1, 1, 14],
  "-": [0, 0, 0, 14, 0, 0, 0],
  " ": [0, 0, 0, 0, 0, 0, 0],
}
const NOTE = [
  "DELIVERY NOTE 44170",
  "",
  "GUSSWERK TO AHRENFELD",
  "",
  "120 COVERS PF-2210-B",
  "60 COVERS PF-2210-A",
  "",
  "RECEIVED 29 APRIL 2026",
  "TWO BOXES WET",
]
const DOT = 6
const SIZE = { width: 900, height: 1_270 }

/** A page that looks like a scan: a picture of a note, and no text at all. */
export async function renderScan(): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false })
  const picture = await document.embedPng(png())
  document.addPage([595, 842]).drawImage(picture, { x: 0, y: 0, width: 595, height: 842 })
  return await document.save({ useObjectStreams: false })
}

/** Grey levels of the page: paper with a little noise, dark dots. */
function png(): Buffer {
  const rows = Buffer.alloc((SIZE.width + 1) * SIZE.height)
  let noise = 7
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      noise = (noise * 1_103_515_245 + 12_345) % 2_147_483_648
      rows[y * (SIZE.width + 1) + x + 1] = noise % 997 === 0 ? 215 : 244
    }
  }
  for (const [line, text] of NOTE.entries()) {
    for (const [column, character] of [...text].entries()) {
      for (const [dotY, bits] of (LETTERS[character] ?? []).entries()) {
        for (let dotX = 0; dotX < 5; dotX++) {
          if ((bits & (16 >> dotX)) !== 0) dot(rows, 60 + (column * 6 + dotX) * DOT, 120 + (line * 11 + dotY) * DOT)
        }
      }
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIZE.width, 0)
  header.writeUInt32BE(SIZE.height, 4)
  header.writeUInt8(8, 8) // bits; colour type 0 is grey
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    part("IHDR", header),
    part("IDAT", deflateSync(rows, { level: 9 })),
    part("IEND", Buffer.alloc(0)),
  ])
}

function dot(rows: Buffer, left: number, top: number): void {
  for (let y = top; y < top + DOT; y++) {
    for (let x = left; x < left + DOT; x++) rows[y * (SIZE.width + 1) + x + 1] = 40
  }
}

function part(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
