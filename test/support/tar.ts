import { type Header, pack } from "tar-stream"

/** A tar of these members, in their order. */
export async function tar(
  members: readonly (readonly [Partial<Header> & { name: string }, Buffer?])[],
): Promise<Buffer> {
  const archive = pack()
  for (const [headers, content] of members) archive.entry(headers, content ?? Buffer.alloc(0))
  archive.finalize()
  const pieces: Buffer[] = []
  for await (const piece of archive) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
