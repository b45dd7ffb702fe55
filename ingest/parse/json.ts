import type { Parser } from "../../src/core/ports.ts"
import { JSON_TYPE } from "../media-names.ts"
import { decodeInto } from "./decode.ts"
import { isList, isPlain, type Json, jsonLines, readJson } from "./json-lines.ts"
import { appendSource } from "./source-code.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"
import { brokenLines } from "./text-lines.ts"

const LINES_TYPE = "application/x-ndjson"

/**
 * JSON as lines `name: value`: a record of a list is a row, what is nested gets the way to it as its name. Text that is
 * no JSON, such as settings with comments, is kept as it stands, with the warning `not-json`.
 */
export const jsonParser: Parser = {
  mediaTypes: [JSON_TYPE, LINES_TYPE],
  extensions: [".json", ".geojson", ".jsonl", ".ndjson"],
  async parse(bytes, file) {
    const builder = createTextBuilder()
    const text = decodeInto(builder, bytes, file)
    const whole = file.mediaType === LINES_TYPE ? undefined : readJson(text, file.path)
    if (whole !== undefined) appendJson(builder, whole)
    else if (!appendRecords(builder, text, file.path)) {
      builder.warn("not-json")
      appendSource(builder, text)
    }
    const title = whole === undefined || isPlain(whole) || isList(whole) ? undefined : (whole["title"] ?? whole["name"])
    return builder.finish({ title: typeof title === "string" ? title : null })
  },
}

/** One value a line; false where the first line is none. A later line that is none stays as it is. */
function appendRecords(builder: TextBuilder, text: string, path: string): boolean {
  let row = 0
  for (const line of text.split("\n")) {
    row++
    if (line.trim() === "") continue
    const value = readJson(line, path)
    if (value === undefined && builder.isEmpty) return false
    if (value === undefined) {
      builder.warn("not-json")
      for (const piece of brokenLines(line)) builder.paragraph(piece)
    } else appendRecord(builder, value, row)
  }
  return !builder.isEmpty
}

function appendJson(builder: TextBuilder, value: Json, name = ""): void {
  if (!isPlain(value) && isList(value) && value.some((one) => !isPlain(one))) {
    for (const [index, one] of value.entries()) {
      if (isList(one) || isPlain(one)) appendLines(builder, jsonLines(one, `${name}[${index + 1}]`))
      else appendRecord(builder, one, index + 1, name)
    }
  } else if (isPlain(value) || isList(value)) appendLines(builder, jsonLines(value, name))
  else appendObject(builder, value, name)
}

/** What an object says itself is a paragraph; lists of records and objects in it follow, each by itself. */
function appendObject(builder: TextBuilder, value: { readonly [key: string]: Json }, name: string): void {
  const nameOf = (key: string): string => (name === "" ? key : `${name}.${key}`)
  const members = Object.entries(value)
  const isOwn = ([, one]: readonly [string, Json]): boolean => isPlain(one) || (isList(one) && one.every(isPlain))
  appendLines(
    builder,
    members.filter(isOwn).flatMap(([key, one]) => [...jsonLines(one, nameOf(key))]),
  )
  for (const [key, one] of members) if (!isOwn([key, one])) appendJson(builder, one, nameOf(key))
}

/** A record that fits into a line is a row; a longer one is a paragraph of lines. */
function appendRecord(builder: TextBuilder, value: Json, row: number, name = ""): void {
  const lines = [...jsonLines(value)]
  const line = lines.join("; ")
  if (line.length <= MOST_ROW_CHARACTERS && !line.includes("\n")) {
    builder.tableRow(name === "" ? line : `${name}: ${line}`, row)
  } else appendLines(builder, name === "" ? lines : [`${name}[${row}]`, ...lines])
}

const MOST_ROW_CHARACTERS = 600
const MOST_CHARACTERS = 4000

function appendLines(builder: TextBuilder, lines: Iterable<string>): void {
  let open: string[] = []
  let characters = 0
  const flush = (): void => {
    builder.paragraph(open.join("\n"))
    open = []
    characters = 0
  }
  for (const line of lines) {
    if (characters + line.length > MOST_CHARACTERS) flush()
    open.push(line)
    characters += line.length
  }
  flush()
}
