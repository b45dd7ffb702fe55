/**
 * The mails of a mailbox in order. A line that begins with `From ` and states a time, at the start or behind an empty
 * line, begins a mail; within one such lines stand behind `>`, which is taken off.
 */
export function* mailsOf(bytes: Uint8Array): Generator<Buffer> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let start: number | undefined
  for (const line of fromLines(buffer)) {
    if (start !== undefined) yield unquoted(buffer.subarray(start, line.start))
    start = line.end
  }
  if (start !== undefined) yield unquoted(buffer.subarray(start))
}

function* fromLines(buffer: Buffer): Generator<{ readonly start: number; readonly end: number }> {
  for (let at = buffer.indexOf(FROM); at >= 0; at = buffer.indexOf(FROM, at + 1)) {
    const isFirst = buffer.subarray(0, at).every((byte) => byte <= 32 || byte >= 0xbb) && at < 8
    if (!isFirst && !isBehindEmptyLine(buffer, at)) continue
    const lineEnd = buffer.indexOf("\n", at)
    const end = lineEnd < 0 ? buffer.length : lineEnd + 1
    if (/^From \S.{0,200}\d\d:\d\d/.test(buffer.toString("latin1", at, Math.min(end, at + 300)))) {
      yield { start: at, end }
    }
  }
}

const FROM = Buffer.from("From ")

function isBehindEmptyLine(buffer: Buffer, at: number): boolean {
  if (buffer[at - 1] !== NEWLINE) return false
  return buffer[at - 2] === NEWLINE || (buffer[at - 2] === RETURN && buffer[at - 3] === NEWLINE)
}

const [NEWLINE, RETURN] = [10, 13]

function unquoted(mail: Buffer): Buffer {
  if (!mail.includes("\n>")) return mail
  return Buffer.from(mail.toString("latin1").replace(/^>(?=>{0,20}From )/gm, ""), "latin1")
}
