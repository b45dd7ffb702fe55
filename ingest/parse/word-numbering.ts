import type { ListPlace } from "./word-styles.ts"
import { child, wordSwitch, wordValue } from "./word-styles.ts"
import { attribute, childElements, type XmlNode } from "./xml.ts"

/** Counts the numbered paragraphs of a Word document, as their numbers stand in no text. */
export interface WordNumbering {
  /** Number of the next paragraph at this place, as it is shown (`2.1`, `(a)`); empty for bullets. */
  next(place: ListPlace): string
}

interface Level {
  readonly start: number
  readonly format: string
  /** `%1.%2`: each takes the number of that level. */
  readonly text: string
  readonly isLegal: boolean
}

interface List {
  /** Lists that share a pattern count on. */
  readonly pattern: string
  readonly levels: ReadonlyMap<number, Level>
  /** First numbers of a list that begins anew, by level. */
  readonly restarts: ReadonlyMap<number, number>
}

/** Reads `numbering.xml` (ECMA-376 part 1, 17.9). */
export function readNumbering(root: XmlNode | undefined): WordNumbering {
  const lists = readLists(root)
  const counts = new Map<string, (number | undefined)[]>()
  const begun = new Set<string>()
  return {
    next(place) {
      const list = lists.get(place.list)
      const level = list?.levels.get(place.level)
      if (list === undefined || level === undefined) return ""
      const numbers = counts.get(list.pattern) ?? []
      counts.set(list.pattern, numbers)
      const restart = begun.has(`${place.list}:${place.level}`) ? undefined : list.restarts.get(place.level)
      begun.add(`${place.list}:${place.level}`)
      const last = numbers[place.level]
      numbers[place.level] = restart ?? (last === undefined ? level.start : last + 1)
      numbers.length = place.level + 1
      for (let above = 0; above < place.level; above++) numbers[above] ??= list.levels.get(above)?.start ?? 1
      return label(level, list, numbers)
    },
  }
}

function readLists(root: XmlNode | undefined): ReadonlyMap<string, List> {
  const nodes = root === undefined ? [] : childElements(root)
  const patterns = new Map<string, ReadonlyMap<number, Level>>()
  for (const node of nodes) {
    if (node.name === "abstractNum") patterns.set(attribute(node.attributes, "abstractNumId") ?? "", levelsOf(node))
  }
  const lists = new Map<string, List>()
  for (const node of nodes) {
    if (node.name !== "num") continue
    const pattern = wordValue(node, "abstractNumId") ?? ""
    const overrides = childElements(node).filter(({ name }) => name === "lvlOverride")
    const levels = new Map(patterns.get(pattern))
    const restarts = new Map<number, number>()
    for (const override of overrides) {
      for (const [number, level] of levelsOf(override)) levels.set(number, level)
      const start = wordValue(override, "startOverride")
      if (start !== undefined) restarts.set(Number(attribute(override.attributes, "ilvl") ?? 0), Number(start))
    }
    lists.set(attribute(node.attributes, "numId") ?? "", { pattern, levels, restarts })
  }
  return lists
}

function levelsOf(node: XmlNode): ReadonlyMap<number, Level> {
  const levels = new Map<number, Level>()
  for (const level of childElements(node).filter(({ name }) => name === "lvl")) {
    levels.set(Number(attribute(level.attributes, "ilvl") ?? 0), {
      start: Number(wordValue(level, "start") ?? 0),
      format: wordValue(level, "numFmt") ?? "decimal",
      text: child(level, "lvlText") === undefined ? "" : (wordValue(level, "lvlText") ?? ""),
      isLegal: wordSwitch(level, "isLgl") ?? false,
    })
  }
  return levels
}

function label(level: Level, list: List, numbers: readonly (number | undefined)[]): string {
  if (level.format === "bullet" || level.format === "none") return ""
  return level.text.replace(/%([1-9])/g, (_, digit: string) => {
    const index = Number(digit) - 1
    const format = level.isLegal ? "decimal" : (list.levels.get(index)?.format ?? "decimal")
    return formatNumber(numbers[index] ?? 1, format)
  })
}

/** Numbers in the scripts of Latin; others are shown as digits. */
function formatNumber(number: number, format: string): string {
  switch (format) {
    case "lowerLetter":
      return letters(number)
    case "upperLetter":
      return letters(number).toUpperCase()
    case "lowerRoman":
      return roman(number)
    case "upperRoman":
      return roman(number).toUpperCase()
    case "decimalZero":
      return String(number).padStart(2, "0")
    default:
      return String(number)
  }
}

/** a to z, then aa, bb, as Word counts. */
function letters(number: number): string {
  if (number < 1 || number > MOST_LETTERED) return String(number)
  return String.fromCharCode(97 + ((number - 1) % 26)).repeat(Math.ceil(number / 26))
}

const MOST_LETTERED = 780
const MOST_ROMAN = 3999
const ROMAN: readonly (readonly [number, string])[] = [
  [1000, "m"],
  [900, "cm"],
  [500, "d"],
  [400, "cd"],
  [100, "c"],
  [90, "xc"],
  [50, "l"],
  [40, "xl"],
  [10, "x"],
  [9, "ix"],
  [5, "v"],
  [4, "iv"],
  [1, "i"],
]

function roman(number: number): string {
  if (number < 1 || number > MOST_ROMAN) return String(number)
  let rest = number
  let text = ""
  for (const [value, sign] of ROMAN) {
    for (; rest >= value; rest -= value) text += sign
  }
  return text
}
