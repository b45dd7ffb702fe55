import { utils, write } from "cfb"

/** An OLE container with these streams, by their paths: `/WordDocument`. */
export function oleContainer(streams: Readonly<Record<string, Uint8Array>>): Buffer {
  const container = utils.cfb_new()
  for (const [path, content] of Object.entries(streams)) utils.cfb_add(container, path, Buffer.from(content))
  return Buffer.from(write(container, { type: "buffer" }) as Uint8Array)
}

/** What the Windows packager writes for a file that is dropped into a document: names, then the bytes behind their length. */
export function packagedFile(file: {
  readonly name: string
  readonly content: string | Uint8Array
  /** The name in UTF-16 too, as packagers since 2000 write it. */
  readonly wideName?: string
}): Buffer {
  const zeroEnded = (text: string): Buffer => Buffer.from(`${text}\0`, "latin1")
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const wide = (text: string): Buffer => Buffer.concat([number(text.length), Buffer.from(text, "utf16le")])
  const command = `C:\\Temp\\${file.name}`
  const content = Buffer.from(file.content)
  const body = Buffer.concat([
    ...[Buffer.from([2, 0]), zeroEnded(file.name), zeroEnded(command), Buffer.from([0, 0, 3, 0])],
    ...[number(command.length + 1), zeroEnded(command), number(content.length), content],
    ...(file.wideName === undefined ? [] : [wide(command), wide(file.wideName), wide(command)]),
  ])
  return oleContainer({ "/\u0001Ole10Native": Buffer.concat([number(body.length), body]) })
}
