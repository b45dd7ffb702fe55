import { readSetLines, type SetLine, wrongLine } from "./set-lines.ts"

export interface Judgement {
  readonly question: string
  readonly document: string
  readonly gain: number
}

/**
 * A table of relevance, line by line: query-id, corpus-id, score (BEIR), or TREC's four columns with the iteration second.
 * Columns are parted by tabs where a line has any, else by white space; a first line that ends in no number is a header.
 * Throws `invalid-request` naming file and line for any other line.
 */
export async function* readQrels(path: string): AsyncGenerator<Judgement> {
  for await (const line of readSetLines(path)) {
    const fields = line.text.includes("\t") ? line.text.split("\t") : line.text.trim().split(/\s+/)
    const gain = gainOf(fields.at(-1) ?? "")
    if (line.number === 1 && Number.isNaN(gain)) continue
    yield judgementOf(line, fields, gain)
  }
}

function judgementOf(line: SetLine, fields: readonly string[], gain: number): Judgement {
  const [question, document] = fields.length === 4 ? [fields[0], fields[2]] : [fields[0], fields[1]]
  if ((fields.length !== 3 && fields.length !== 4) || !question || !document) {
    throw wrongLine(line, "is not query-id, corpus-id, score, and not TREC's four columns")
  }
  if (!Number.isFinite(gain)) throw wrongLine(line, "has a gain that is not a number")
  return { question, document, gain }
}

/** NaN for what is no number; `Number` takes an empty field for 0. */
function gainOf(field: string): number {
  return field.trim() === "" ? Number.NaN : Number(field)
}
