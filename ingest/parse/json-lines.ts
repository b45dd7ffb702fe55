import { parseFailure } from "./failure.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Deeper than any settings or records, far from the end of the stack of those that walk them. */
const MOST_DEPTH = 200

/** The value that a text states; undefined where it is no JSON. Throws `too-deep`, before a value is built. */
export function readJson(text: string, path: string): Json | undefined {
  checkDepth(text, path)
  try {
    return JSON.parse(text) as Json
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}

function checkDepth(text: string, path: string): void {
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isInString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) isInString = false
    } else if (code === QUOTE) isInString = true
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > MOST_DEPTH) throw parseFailure("too-deep", path)
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125]

/** `name: value` for each value in it, in order; `name` is the way to it, `customer.address.city`, `lines[2].price`. */
export function* jsonLines(value: Json, name = ""): Generator<string> {
  if (isPlain(value)) {
    const text = plainText(value)
    if (text !== "") yield name === "" ? text : `${name}: ${text}`
  } else if (isList(value)) {
    if (value.every(isPlain)) {
      const text = listText(value)
      if (text !== "") yield name === "" ? text : `${name}: ${text}`
    } else for (const [index, one] of value.entries()) yield* jsonLines(one, `${name}[${index + 1}]`)
  } else {
    for (const [key, one] of Object.entries(value)) yield* jsonLines(one, name === "" ? key : `${name}.${key}`)
  }
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

export function isPlain(value: Json): value is null | boolean | number | string {
  return typeof value !== "object" || value === null
}

function plainText(value: null | boolean | number | string): string {
  return value === null ? "" : String(value)
}

/** Coordinates and vectors say nothing to a reader: of many numbers the first ones and their count. */
function listText(values: readonly Json[]): string {
  const areNumbers = values.length > MOST_NUMBERS && values.every((value) => typeof value === "number")
  const shown = areNumbers ? values.slice(0, MOST_NUMBERS) : values
  const text = shown
    .filter(isPlain)
    .map(plainText)
    .filter((one) => one !== "")
    .join(", ")
  return areNumbers ? `${text}, … (${values.length})` : text
}

const MOST_NUMBERS = 20
