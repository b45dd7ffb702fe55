import { utils, write } from "cfb"

interface MsgItem {
  readonly subject: string
  readonly senderName?: string
  readonly senderAddress?: string
  readonly body?: string
  readonly rtf?: Buffer
  readonly messageClass?: string
  readonly attachments?: readonly { readonly name: string; readonly body: string }[]
}

/** An item of Outlook, MS-OXMSG: properties are streams named after their tag. */
export function msg(item: MsgItem): Buffer {
  const container = utils.cfb_new()
  const add = (path: string, content: Buffer): void => void utils.cfb_add(container, path, content)
  const addText = (folder: string, tag: string, text: string | undefined): void => {
    if (text !== undefined) add(`${folder}__substg1.0_${tag}001F`, Buffer.from(text, "utf16le"))
  }
  add("/__properties_version1.0", Buffer.alloc(32))
  addText("/", "001A", item.messageClass ?? "IPM.Note")
  addText("/", "0037", item.subject)
  addText("/", "0C1A", item.senderName)
  addText("/", "0C1F", item.senderAddress)
  addText("/", "1000", item.body)
  if (item.rtf !== undefined) add("/__substg1.0_10090102", item.rtf)
  for (const [index, { name, body }] of (item.attachments ?? []).entries()) {
    const folder = `/__attach_version1.0_#0000000${index}/`
    add(`${folder}__properties_version1.0`, Buffer.alloc(8))
    addText(folder, "3707", name)
    add(`${folder}__substg1.0_37010102`, Buffer.from(body))
  }
  return Buffer.from(write(container, { type: "buffer" }) as Uint8Array)
}

/** RTF as a mail carries it, in the form that is not compressed. */
export function uncompressedRtf(rtf: string): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(rtf.length + 12, 0)
  head.writeUInt32LE(rtf.length, 4)
  head.write("MELA", 8, "latin1")
  return Buffer.concat([head, Buffer.from(rtf, "latin1")])
}
