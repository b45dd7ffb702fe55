/** One event of a stream as the server has numbered it. */
export interface StreamEvent {
  readonly type: string
  readonly id: string
  /** Parsed from JSON. */
  readonly data: unknown
}

/** Events of a server-sent stream in their order, by the rules of the standard; comments are left out. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ""
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      // A line may end in CR, LF or both; one that ends the piece may be the first half of both.
      rest += next.value
      const isCut = rest.endsWith("\r")
      const blocks = (isCut ? rest.slice(0, -1) : rest).replace(/\r\n?/g, "\n").split("\n\n")
      rest = (blocks.pop() ?? "") + (isCut ? "\r" : "")
      for (const block of blocks) {
        const event = toEvent(block)
        if (event !== undefined) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function toEvent(block: string): StreamEvent | undefined {
  const fields = { event: "message", id: "", data: [] as string[] }
  for (const line of block.split("\n")) {
    const at = line.indexOf(":")
    if (at === 0) continue
    const name = at < 0 ? line : line.slice(0, at)
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "")
    if (name === "data") fields.data.push(value)
    else if (name === "event" || name === "id") fields[name] = value
  }
  if (fields.data.length === 0) return undefined
  return { type: fields.event, id: fields.id, data: JSON.parse(fields.data.join("\n")) }
}
