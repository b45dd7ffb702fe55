import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { IbidError } from "../core/errors.ts"

/** A line of a file of a set; `number` counts from 1. */
export interface SetLine {
  readonly path: string
  readonly number: number
  readonly text: string
}

export interface SetRow extends SetLine {
  readonly row: Readonly<Record<string, unknown>>
}

/** The lines of a UTF-8 file in their order, without blank ones and without a byte order mark. */
export async function* readSetLines(path: string): AsyncGenerator<SetLine> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity })) {
    number++
    const text = number === 1 ? line.replace(/^\uFEFF/, "") : line
    if (text.trim() !== "") yield { path, number, text }
  }
}

/** Each line is a JSON object. Throws `invalid-request` naming file and line. */
export async function* readSetRows(path: string): AsyncGenerator<SetRow> {
  for await (const line of readSetLines(path)) {
    let row: unknown
    try {
      row = JSON.parse(line.text)
    } catch (cause) {
      throw wrongLine(line, "is not JSON", cause)
    }
    if (typeof row !== "object" || row === null || Array.isArray(row)) throw wrongLine(line, "is not a JSON object")
    yield { ...line, row: row as Record<string, unknown> }
  }
}

/** `invalid-request` with the file and the line; `state` goes on after "line 3". */
export function wrongLine({ path, number }: SetLine, state: string, cause?: unknown): IbidError {
  return new IbidError("invalid-request", `Cannot read ${JSON.stringify(path)}: line ${number} ${state}`, { cause })
}
