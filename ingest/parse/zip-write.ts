import { crc32 } from "node:zlib"

/**
 * An archive of the given parts without compression. Libraries that unpack by themselves get the parts that have passed
 * all limits, and nothing else.
 */
export function storedZip(parts: ReadonlyMap<string, Uint8Array>): Buffer {
  const pieces: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, content] of parts) {
    const nameBytes = Buffer.from(name)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0) // Version needed: 2.0.
    fields.writeUInt16LE(0x800, 2) // The name is UTF-8.
    fields.writeUInt32LE(crc32(content), 10)
    fields.writeUInt32LE(content.length, 14)
    fields.writeUInt32LE(content.length, 18)
    fields.writeUInt16LE(nameBytes.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    pieces.push(LOCAL_MARK, fields, nameBytes, content)
    directory.push(ENTRY_MARK, fields, place, nameBytes)
    offset += LOCAL_MARK.length + fields.length + nameBytes.length + content.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write("PK\u0005\u0006", "latin1")
  end.writeUInt16LE(parts.size, 8)
  end.writeUInt16LE(parts.size, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...pieces, list, end])
}

const LOCAL_MARK = Buffer.from("PK\u0003\u0004", "latin1")
const ENTRY_MARK = Buffer.from("PK\u0001\u0002\u0014\u0000", "latin1")
