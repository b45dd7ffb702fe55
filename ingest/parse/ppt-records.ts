import { parseFailure } from "./failure.ts"

/** A record of a PowerPoint file of before 2007. MS-PPT 2.3.1. */
export interface PptRecord {
  readonly type: number
  readonly instance: number
  readonly isContainer: boolean
  readonly content: Buffer
}

const HEAD_BYTES = 8
const MOST_DEPTH = 100

/** The record at a place; undefined where there is none. One that is cut off ends with the stream. */
export function pptRecordAt(stream: Buffer, at: number): PptRecord | undefined {
  if (at < 0 || at + HEAD_BYTES > stream.length) return undefined
  const head = stream.readUInt16LE(at)
  const end = at + HEAD_BYTES + stream.readUInt32LE(at + 4)
  return {
    type: stream.readUInt16LE(at + 2),
    instance: head >> 4,
    isContainer: (head & 0xf) === 0xf,
    content: stream.subarray(at + HEAD_BYTES, Math.min(end, stream.length)),
  }
}

/** Records that follow each other. */
export function pptRecords(content: Buffer): readonly PptRecord[] {
  const records: PptRecord[] = []
  for (let at = 0; ; ) {
    const record = pptRecordAt(content, at)
    if (record === undefined) return records
    records.push(record)
    at += HEAD_BYTES + record.content.length
  }
}

/** Calls `visit` for the records below a container, in order; into those for which it gives true. Throws `too-deep`. */
export function walkPptRecords(
  container: PptRecord,
  path: string,
  visit: (record: PptRecord) => boolean,
  depth = 0,
): void {
  if (depth > MOST_DEPTH) throw parseFailure("too-deep", path)
  for (const record of pptRecords(container.content)) {
    if (visit(record) && record.isContainer) walkPptRecords(record, path, visit, depth + 1)
  }
}
