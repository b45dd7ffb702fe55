import type { Parser } from "../../src/core/ports.ts"
import { decodeInto } from "./decode.ts"
import { parseFailure } from "./failure.ts"
import { isList, isPlain, type Json, readJson } from "./json-lines.ts"
import { appendMarkdown } from "./markdown.ts"
import { appendSource } from "./source-code.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"

/** Notebooks of versions 3 and 4: Markdown, code, and the beginning of what the code has printed. */
export const notebookParser: Parser = {
  mediaTypes: ["application/x-ipynb+json"],
  extensions: [".ipynb"],
  async parse(bytes, file) {
    const builder = createTextBuilder()
    const notebook = readJson(decodeInto(builder, bytes, file), file.path)
    const cells = cellsOf(notebook)
    if (cells === undefined) throw parseFailure("broken-file", file.path, { state: "it is no notebook" })
    for (const cell of cells) appendCell(builder, cell, file.path)
    const title = textOf(member(member(notebook, "metadata"), "title"))
    return builder.finish({ title: title === "" ? builder.firstHeading : title })
  },
}

/** What a cell has printed: enough to find a result by, not the log of a training. */
const MOST_OUTPUT_CHARACTERS = 4000

function cellsOf(notebook: Json | undefined): readonly Json[] | undefined {
  const cells = member(notebook, "cells")
  if (cells !== undefined && isList(cells)) return cells
  const sheets = member(notebook, "worksheets")
  if (sheets === undefined || !isList(sheets)) return undefined
  return sheets.flatMap((sheet) => {
    const found = member(sheet, "cells")
    return found !== undefined && isList(found) ? found : []
  })
}

function appendCell(builder: TextBuilder, cell: Json, path: string): void {
  const source = textOf(member(cell, "source") ?? member(cell, "input"))
  const type = textOf(member(cell, "cell_type"))
  if (type === "markdown") appendMarkdown(builder, source, path)
  else if (type === "heading") builder.heading(Number(textOf(member(cell, "level"))) || 1, source)
  else if (type === "code") {
    appendSource(builder, source)
    appendOutputs(builder, member(cell, "outputs"))
  } else builder.paragraph(source)
}

function appendOutputs(builder: TextBuilder, outputs: Json | undefined): void {
  if (outputs === undefined || !isList(outputs)) return
  let left = MOST_OUTPUT_CHARACTERS
  for (const output of outputs) {
    const text = outputText(output)
    if (left > 0) builder.code(text.slice(0, left))
    if (text.length > left) builder.warn("output-cut")
    left = Math.max(0, left - text.length)
  }
}

function outputText(output: Json): string {
  const plain = member(member(output, "data"), "text/plain") ?? member(output, "text")
  if (plain !== undefined) return textOf(plain).replace(TERMINAL_CODES, "")
  const name = textOf(member(output, "ename"))
  return name === "" ? "" : `${name}: ${textOf(member(output, "evalue"))}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one.
const TERMINAL_CODES = /\u001B\[[\d;]{0,20}[A-Za-z]/g

function member(value: Json | undefined, key: string): Json | undefined {
  if (value === undefined || isPlain(value) || isList(value)) return undefined
  return value[key]
}

/** Texts are stated whole or as a list of lines. */
function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ""
  if (isPlain(value)) return String(value)
  return isList(value) ? value.filter((line) => typeof line === "string").join("") : ""
}
