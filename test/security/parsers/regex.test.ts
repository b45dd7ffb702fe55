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

/** Characters and short words that the expression itself speaks of, and ends that make a match fail late. */
function pumps(source: string): string[] {
  const characters = new Set([..." a0\n\t-.,:;/<>=\"'()[]{}\\|&#@é字"])
  const plain = source.replace(/\\u\{?([0-9a-fA-F]{4,6})\}?/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  )
  for (const character of plain.replace(/\\[a-zA-Z]/g, "")) characters.add(character)
  const words = [...plain.matchAll(/[\p{L}\p{N}<>{}%&#!-]{2,12}/gu)].map(([word]) => word)
  const singles = [...characters].slice(0, 60)
  const pairs = [
    ...words.slice(0, 12),
    ...singles.slice(0, 12).map((one) => `${one} `),
    ...singles.map((one) => `a${one}`),
  ]
  return [...new Set([...singles, ...pairs])]
}

/** Least of several runs over a text of about `length` characters, in milliseconds of this process alone. */
function timeOf({ source, flags }: Expression, pump: string, length: number, runs: number): number {
  const text = `${pump.repeat(Math.ceil(length / pump.length))}\u0001`
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const expression = new RegExp(source, flags.includes("g") || flags.includes("y") ? flags : `${flags}g`)
    const started = process.cpuUsage()
    text.replace(expression, "")
    least = Math.min(least, process.cpuUsage(started).user / 1000)
  }
  return least
}

/** A text of some words: what takes long here grows beyond any power. */
const FEW = 22
const FEW_MS = 30
/** A page, and eight of them: what is linear takes eight times as long, what is not sixty-four times. */
const PAGE = 2000
const CHAPTER = 8 * PAGE
const PAGE_MS = 0.1
const MOST_GROWTH = 25
/** Sixteen thousand characters squared are over a hundred million steps; below this time there were not as many. */
const CHAPTER_MS = 20
const BOOK = 1_000_000
const BOOK_MS = 2000

/** What is wrong with how long an expression takes for a repeated word; undefined where nothing is. */
function fault(expression: Expression, pump: string): string | undefined {
  if (timeOf(expression, pump, FEW, 2) > FEW_MS) return "stands still"
  const page = timeOf(expression, pump, PAGE, 2)
  if (page < PAGE_MS) return undefined
  const chapter = timeOf(expression, pump, CHAPTER, 1)
  if (chapter < CHAPTER_MS || chapter < page * MOST_GROWTH) return undefined
  const again = timeOf(expression, pump, CHAPTER, 3)
  const growth = again / timeOf(expression, pump, PAGE, 5)
  return again > CHAPTER_MS && growth > MOST_GROWTH
    ? `takes ${growth.toFixed(0)} times as long for eight times the text`
    : undefined
}

describe("A21: regular expressions of the product", () => {
  const all = expressions()

  test("are found, all of them", () => {
    expect(all.length).toBeGreaterThan(150)
    expect(all.map(({ place }) => place).some((place) => place.startsWith("src/"))).toBe(true)
  })

  test("take time in proportion to the text, whatever it repeats, and a moment for a megabyte", () => {
    const slow = all.flatMap((expression) => {
      const tried = pumps(expression.source)
      for (const pump of tried) {
        const found = fault(expression, pump)
        if (found !== undefined) return [`${expression.place} ${found}: ${JSON.stringify(pump)}`]
      }
      const [worst] = tried.map((pump) => ({ pump, ms: timeOf(expression, pump, PAGE, 1) })).sort((a, b) => b.ms - a.ms)
      // At most 60 ms for most on a machine of two cores, 250 ms for sentences: what passed above ends in any case.
      const ms = worst === undefined ? 0 : timeOf(expression, worst.pump, BOOK, 1)
      return ms > BOOK_MS ? [`${expression.place} takes ${ms.toFixed(0)} ms for ${JSON.stringify(worst?.pump)}`] : []
    })
    expect(slow).toEqual([])
  })

  test("are told apart from one that is not linear, and one that stands still", () => {
    expect(fault({ place: "", source: "\\s*x", flags: "" }, " ")).toMatch(/^takes/)
    expect(fault({ place: "", source: "^(?:a+)+$", flags: "" }, "a")).toBe("stands still")
  })
})
