/**
 * An OLE container (MS-CFB) with empty streams of these names at its root, and others in a storage below it. Sectors:
 * 0 is the allocation table, the directory follows.
 */
export function ole(names: readonly string[], inner: readonly string[] = []): Buffer {
  const storage = inner.length > 0 ? ["ObjectPool"] : []
  const all = [...names, ...storage]
  const entries = [
    entry("Root Entry", { type: 5, child: 1 }),
    ...names.map((name, index) => entry(name, { type: 2, right: index + 1 < all.length ? index + 2 : NONE })),
    ...storage.map((name) => entry(name, { type: 1, child: all.length + 1 })),
    ...inner.map((name, index) =>
      entry(name, { type: 2, right: index + 1 < inner.length ? all.length + index + 2 : NONE }),
    ),
  ]
  while (entries.length % 4 !== 0) entries.push(Buffer.alloc(128))
  const sectors = entries.length / 4
  const table = Buffer.alloc(512, 0xff)
  table.writeUInt32LE(0xfffffffd, 0)
  for (let sector = 1; sector <= sectors; sector++) {
    table.writeUInt32LE(sector < sectors ? sector + 1 : 0xfffffffe, sector * 4)
  }
  const header = Buffer.alloc(512, 0xff)
  Buffer.from("d0cf11e0a1b11ae1", "hex").copy(header)
  header.fill(0, 8, 76)
  header.writeUInt16LE(0x3e, 24)
  header.writeUInt16LE(3, 26)
  header.writeUInt16LE(0xfffe, 28)
  header.writeUInt16LE(9, 30) // sectors of 512 bytes
  header.writeUInt16LE(6, 32)
  header.writeUInt32LE(1, 44)
  header.writeUInt32LE(1, 48) // first sector of the directory
  header.writeUInt32LE(4096, 56)
  header.writeUInt32LE(0xfffffffe, 60)
  header.writeUInt32LE(0xfffffffe, 68)
  header.writeUInt32LE(0, 76)
  return Buffer.concat([header, table, ...entries])
}

const NONE = 0xffffffff

function entry(
  name: string,
  links: { readonly type: number; readonly right?: number; readonly child?: number },
): Buffer {
  const bytes = Buffer.alloc(128)
  bytes.write(name, 0, "utf16le")
  bytes.writeUInt16LE(name.length * 2 + 2, 64)
  bytes[66] = links.type
  bytes.writeUInt32LE(NONE, 68)
  bytes.writeUInt32LE(links.right ?? NONE, 72)
  bytes.writeUInt32LE(links.child ?? NONE, 76)
  return bytes
}
