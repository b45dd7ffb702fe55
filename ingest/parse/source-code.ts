import type { Parser } from "../../src/core/ports.ts"
import { SOURCE_TYPE } from "../media-names.ts"
import { decodeInto } from "./decode.ts"
import { SOURCE_EXTENSIONS } from "./source-extensions.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"
import { brokenLines } from "./text-lines.ts"

/** Programs, scripts and settings: their lines as they are, cut where one definition ends and the next begins. */
export const sourceCodeParser: Parser = {
  mediaTypes: [SOURCE_TYPE],
  extensions: SOURCE_EXTENSIONS,
  async parse(bytes, file) {
    const builder = createTextBuilder()
    appendSource(builder, decodeInto(builder, bytes, file))
    return builder.finish({ title: null })
  },
}

/** Appends blocks of code: whole definitions together up to a screenful, a long one cut at an empty line. */
export function appendSource(builder: Pick<TextBuilder, "code">, text: string): void {
  let lines: string[] = []
  let characters = 0
  let isAfterGap = false
  for (const line of brokenLines(text)) {
    const isEmpty = line.trim() === ""
    // Behind an empty line, one that is not indented and closes nothing begins something new.
    const isStart = isAfterGap && !isEmpty && (characters > MOST_CHARACTERS || /^[^\s)\]}]/.test(line))
    if ((isStart && characters > FEWEST_CHARACTERS) || characters > MOST_CHARACTERS * 4) {
      builder.code(lines.join("\n"))
      lines = []
      characters = 0
    }
    lines.push(line)
    characters += line.length + 1
    isAfterGap = isEmpty
  }
  builder.code(lines.join("\n"))
}

/** About a chunk; less says too little by itself. */
const FEWEST_CHARACTERS = 600
const MOST_CHARACTERS = 3000
