interface TnefFile {
  readonly name: string
  readonly longName?: string
  readonly body: string
}

/** The wrapper that Outlook calls winmail.dat, MS-OXTNEF. */
export function tnef({ text, files }: { readonly text?: string; readonly files: readonly TnefFile[] }): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt32LE(0x223e9f78, 0)
  return Buffer.concat([
    head,
    ...(text === undefined ? [] : [attribute(1, 0x0002800c, Buffer.from(`${text}\0`))]),
    ...files.flatMap(({ name, longName, body }) => [
      attribute(2, 0x00069002, Buffer.alloc(14)),
      attribute(2, 0x00018010, Buffer.from(`${name}\0`)),
      attribute(2, 0x0006800f, Buffer.from(body)),
      ...(longName === undefined ? [] : [attribute(2, 0x00069005, properties(longName))]),
    ]),
  ])
}

function attribute(level: number, id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head[0] = level
  head.writeUInt32LE(id, 1)
  head.writeUInt32LE(data.length, 5)
  return Buffer.concat([head, data, Buffer.alloc(2)])
}

/** A number and a long name, so that a reader has to step over values of both kinds. */
function properties(longName: string): Buffer {
  const name = Buffer.from(`${longName}\0`, "utf16le")
  const number = Buffer.alloc(8)
  number.writeUInt16LE(3, 0)
  number.writeUInt16LE(0x3705, 2)
  number.writeUInt32LE(1, 4)
  const text = Buffer.alloc(12)
  text.writeUInt16LE(0x1f, 0)
  text.writeUInt16LE(0x3707, 2)
  text.writeUInt32LE(1, 4)
  text.writeUInt32LE(name.length, 8)
  const count = Buffer.alloc(4)
  count.writeUInt32LE(2, 0)
  return Buffer.concat([count, number, text, name, Buffer.alloc((4 - (name.length % 4)) % 4)])
}
