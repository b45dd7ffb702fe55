/** Office files with a password, and those of before 2007, are containers of Microsoft's older kind. */
export function isOleContainer(bytes: Uint8Array): boolean {
  return OLE_MARK.every((byte, index) => bytes[index] === byte)
}

export function holdsEncryptedPackage(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(
    Buffer.from("EncryptedPackage", "utf16le"),
  )
}

const OLE_MARK = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]
