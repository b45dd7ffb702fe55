/**
 * Names of the streams and storages at the root of an OLE container, the kind of file that Office wrote before 2007,
 * read from its directory alone; undefined where the container is damaged. Linear in the size of the directory,
 * whatever its links say. MS-CFB, Compound File Binary File Format, 2.2 to 2.6.
 */
export function oleRootNames(bytes: Uint8Array): readonly string[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEADER_BYTES) return undefined
  const sectorShift = buffer.readUInt16LE(30)
  if (sectorShift !== 9 && sectorShift !== 12) return undefined
  const sectorBytes = 1 << sectorShift
  const directory = chain(buffer, buffer.readUInt32LE(48), sectorBytes)
  const perSector = sectorBytes / ENTRY_BYTES
  const entryAt = (index: number): Buffer | undefined => {
    const sector = directory[Math.floor(index / perSector)]
    if (sector === undefined) return undefined
    const start = (sector + 1) * sectorBytes + (index % perSector) * ENTRY_BYTES
    return start + ENTRY_BYTES <= buffer.length ? buffer.subarray(start, start + ENTRY_BYTES) : undefined
  }
  const root = entryAt(0)
  if (root === undefined) return undefined
  const names: string[] = []
  const seen = new Set<number>()
  const waiting = [root.readUInt32LE(76)]
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const entry = seen.has(index) ? undefined : entryAt(index)
    if (entry === undefined || seen.size > MOST_ENTRIES) continue
    seen.add(index)
    const nameBytes = Math.min(64, Math.max(2, entry.readUInt16LE(64))) - 2
    names.push(entry.toString("utf16le", 0, nameBytes))
    waiting.push(entry.readUInt32LE(68), entry.readUInt32LE(72))
  }
  return names
}

const HEADER_BYTES = 512
const ENTRY_BYTES = 128
const MOST_ENTRIES = 100_000
/** Greater numbers mark what is free or the end of a chain. */
const LAST_SECTOR = 0xfffffffa
/** Places in the header for sectors of the allocation table; more of them stand in a list of sectors. */
const HEADER_TABLE_SECTORS = 109

/** Sectors of a stream by the allocation table; ends at a loop or where the file is cut. */
function chain(buffer: Buffer, first: number, sectorBytes: number): readonly number[] {
  const table = tableSectors(buffer, sectorBytes)
  const perSector = sectorBytes / 4
  const sectors: number[] = []
  const seen = new Set<number>()
  let sector = first
  while (sector <= LAST_SECTOR && !seen.has(sector) && sectors.length < MOST_ENTRIES) {
    seen.add(sector)
    sectors.push(sector)
    const tableSector = table[Math.floor(sector / perSector)]
    if (tableSector === undefined) break
    const at = (tableSector + 1) * sectorBytes + (sector % perSector) * 4
    if (at + 4 > buffer.length) break
    sector = buffer.readUInt32LE(at)
  }
  return sectors
}

function tableSectors(buffer: Buffer, sectorBytes: number): readonly number[] {
  const table: number[] = []
  for (let index = 0; index < HEADER_TABLE_SECTORS; index++) table.push(buffer.readUInt32LE(76 + index * 4))
  const most = buffer.length / sectorBytes
  const seen = new Set<number>()
  let sector = buffer.readUInt32LE(68)
  while (sector <= LAST_SECTOR && !seen.has(sector) && table.length < most) {
    seen.add(sector)
    const start = (sector + 1) * sectorBytes
    if (start + sectorBytes > buffer.length) break
    for (let at = start; at < start + sectorBytes - 4; at += 4) table.push(buffer.readUInt32LE(at))
    sector = buffer.readUInt32LE(start + sectorBytes - 4)
  }
  return table.filter((one) => one <= LAST_SECTOR)
}
