import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { describe, expect, test } from "vitest"
import { packageRoot } from "../../../src/core/package-root.ts"

interface Expression {
  readonly place: string
  readonly source: string
  readonly flags: string
}

/** Regular expression literals, and `new RegExp` of a plain text, in all product code. */
function expressions(): Expression[] {
  const files = ["src", "ingest"].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  )
  return files.flatMap((name) => {
    const file = ts.createSourceFile(name, readFileSync(join(packageRoot, name), "utf8"), ts.ScriptTarget.Latest, true)
    const found: Expression[] = []
    const add = (node: ts.Node, source: string, flags: string): void => {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push({ place: `${name}:${line} /${source.slice(0, 80)}/${flags}`, source, flags })
    }
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf("/")
        add(node, node.text.slice(1, end), node.text.slice(end + 1))
      } else if (ts.isNewExpression(node) && node.expression.getText() === "RegExp") {
        const [source, flags] = node.arguments ?? []
        const isText = source !== undefined && ts.isStringLiteralLike(source)
        if (isText) add(node, source.text, flags !== undefined && ts.isStringLiteralLike(flags) ? flags.text : "")
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
    return found
  })
}

/** Characters and short words that the expression itself speaks of, and some that most of them meet. */
function pumps(source: string): string[] {
  const characters = new Set([..." a0\n\t-.,<\"'([|é字"])
  const plain = source.replace(/\\u\{?([0-9a-fA-F]{4,6})\}?/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  )
  for (const character of plain.replace(/\\[a-zA-Z]/g, "")) characters.add(character)
  const words = [...plain.matchAll(/[\p{L}\p{N}<>{}%&#!-]{2,12}/gu)].map(([word]) => word)
  const singles = [...characters].slice(0, 40)
  const pairs = singles.slice(0, 24).flatMap((one) => [`a${one}`, `${one} `])
  return [...new Set([...singles, ...words.slice(0, 12), ...pairs])]
}

const texts = new Map<string, string>()

/** The word repeated to about `length` characters, and an end that makes a match fail late. */
function pumped(pump: string, length: number): string {
  const key = `${length} ${pump}`
  const known = texts.get(key)
  if (known !== undefined) return known
  const text = `${pump.repeat(Math.ceil(length / pump.length))}\u0001`
  if (length <= PAGE) texts.set(key, text)
  return text
}

/** Least of several runs, in milliseconds of processor time of this process, so that a busy machine is no slower. */
function timeOf(expression: RegExp, text: string, runs: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const started = process.cpuUsage()
    text.replace(expression, "")
    const { user, system } = process.cpuUsage(started)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** Texts of some words: what takes long here grows beyond any power, and would never end on a page. */
const FEW = [23, 40, 60]
const FEW_MS = 20
/** A page, and eight of them: what is linear takes eight times as long, what is not sixty-four times. */
const PAGE = 2000
const CHAPTER = 8 * PAGE
const PAGE_MS = 0.15
const MOST_GROWTH = 25
/** Sixteen thousand characters squared are over a hundred million steps; below this time there were not as many. */
const CHAPTER_MS = 20

/** What is wrong with how long an expression takes for a repeated word; undefined where nothing is. */
function fault({ source, flags }: Pick<Expression, "source" | "flags">, tried: readonly string[]): string | undefined {
  const expression = new RegExp(source, flags.includes("g") || flags.includes("y") ? flags : `${flags}g`)
  for (const pump of tried) {
    const words = JSON.stringify(pump)
    const isLong = (text: string, ms: number): boolean =>
      timeOf(expression, text, 1) > ms && timeOf(expression, text, 2) > ms
    if (FEW.some((length) => isLong(pumped(pump, length), FEW_MS))) return `stands still: ${words}`
    const page = pumped(pump, PAGE)
    if (!isLong(page, PAGE_MS)) continue
    const chapter = pumped(pump, CHAPTER)
    if (!isLong(chapter, CHAPTER_MS)) continue
    const growth = timeOf(expression, chapter, 2) / timeOf(expression, page, 5)
    if (growth > MOST_GROWTH) return `takes ${growth.toFixed(0)} times as long for eight times the text: ${words}`
  }
  return undefined
}

describe("A21: regular expressions of the product", () => {
  const all = expressions()

  test("are found, all of them", () => {
    expect(all.length).toBeGreaterThan(150)
    expect(all.map(({ place }) => place).some((place) => place.startsWith("src/"))).toBe(true)
  })

  test("take time in proportion to the text, whatever it repeats", () => {
    const unique = new Map(all.map((one) => [`/${one.source}/${one.flags}`, one]))
    const slow = [...unique.values()].flatMap((expression) => {
      const found = fault(expression, pumps(expression.source))
      return found === undefined ? [] : [`${expression.place} ${found}`]
    })
    expect(slow).toEqual([])
  })

  test("are told apart from one that is not linear, and one that stands still", () => {
    expect(fault({ source: "\\s*x", flags: "" }, [" "])).toMatch(/^takes/)
    expect(fault({ source: "^(?:a+)+$", flags: "" }, ["a"])).toMatch(/^stands still/)
  })
})
