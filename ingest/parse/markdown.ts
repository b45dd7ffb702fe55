import type { Token } from "markdown-it"
import type { Parser } from "../../src/core/ports.ts"
import { decodeText } from "./decode.ts"
import { parseFailure } from "./failure.ts"
import { appendHtml } from "./html-walker.ts"
import { removeTemplateTags, splitFrontMatter } from "./markdown-source.ts"
import { createMarkdown } from "./markdown-syntax.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"

/**
 * CommonMark with GitHub's tables and lists. The text is what a reader sees: words of links without addresses, no
 * emphasis marks, code as it is, alternative texts of pictures, no template tags, no front matter (its title is taken).
 */
export const markdownParser: Parser = {
  mediaTypes: ["text/markdown"],
  extensions: [".md", ".markdown", ".mdown", ".mkd"],
  async parse(bytes, file) {
    const { text, warnings } = decodeText(bytes, file.path)
    const source = splitFrontMatter(text.replace(/\r\n?/g, "\n"))
    const builder = createTextBuilder()
    for (const warning of warnings) builder.warn(warning)
    appendMarkdown(builder, removeTemplateTags(source.body), file.path)
    // A page that has nothing but front matter still says its title.
    if (builder.isEmpty && source.title !== null) builder.heading(1, source.title)
    return builder.finish({ title: source.title ?? builder.firstHeading })
  },
}

/** Appends what a reader sees of Markdown. Lines end with `\n`. Throws `too-deep`. */
export function appendMarkdown(builder: TextBuilder, source: string, path: string): void {
  checkMarkers(source, path)
  appendBlocks(markdown.parse(source, {}), { builder, path, source })
}

const markdown = createMarkdown()

interface Place {
  readonly builder: TextBuilder
  readonly path: string
  readonly source: string
}

// Deeper than any document that a person wrote.
const MAX_DEPTH = 200

/** Building the tree takes time with the square of how deep quotes and lists nest; a row of dashes is a line. */
function checkMarkers(source: string, path: string): void {
  for (const { index } of source.matchAll(DEEP_LINE)) {
    const end = source.indexOf("\n", index)
    const line = source.slice(index, end < 0 ? source.length : end)
    if (!/^[-*\s]*$/.test(line)) throw parseFailure("too-deep", path)
  }
}

/** A line that begins with more marks of quotes and items than `MAX_DEPTH`. */
const DEEP_LINE = /^(?:[ \t]{0,4}(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){201}/gm

/** Blocks come one after the other, containers as a token where they open and one where they close. */
function appendBlocks(tokens: readonly Token[], { builder, path, source }: Place): void {
  const containers: string[] = []
  let lines: readonly string[] | undefined
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]
    if (token === undefined) break
    switch (token.type) {
      case "bullet_list_open":
      case "ordered_list_open":
      case "blockquote_open":
      case "footnote_open":
        containers.push(token.type)
        if (containers.length > MAX_DEPTH) throw parseFailure("too-deep", path)
        break
      case "bullet_list_close":
      case "ordered_list_close":
      case "blockquote_close":
      case "footnote_close":
        containers.pop()
        break
      case "heading_open":
        builder.heading(Number(token.tag.slice(1)), withoutAttributes(inlineText(tokens[++index]?.children ?? [])))
        break
      case "paragraph_open": {
        const text = withoutAttributes(inlineText(tokens[index + 1]?.children ?? []))
        const isItem = containers.at(-1)?.endsWith("list_open") === true
        const isFirst = tokens[index - 1]?.type === "list_item_open"
        index++
        if (isItem) builder.listItem(isFirst ? withoutBox(text) : text)
        else builder.paragraph(text)
        break
      }
      case "code_block":
        if (isHtml(token.content)) appendHtml(builder, token.content, path)
        else builder.code(token.content)
        break
      case "fence":
        builder.code(token.content)
        break
      case "html_block":
        appendHtml(builder, token.content, path)
        break
      case "table_open": {
        lines ??= source.split("\n")
        const from = index
        while (tokens[index]?.type !== "table_close") index++
        builder.table(rowsOf(tokens.slice(from, index), lines))
        break
      }
      default: // Rules and what closes hold no text of their own.
    }
  }
}

/** The library gives each row as many cells as the head has: what a row has beyond them is text as well. */
function rowsOf(tokens: readonly Token[], lines: readonly string[]): string[][] {
  const rows: string[][] = []
  let cells: string[] = []
  let written: readonly string[] = []
  for (const token of tokens) {
    if (token.type === "tr_open") {
      cells = []
      written = cellsOf(lines[token.map?.[0] ?? -1] ?? "")
    } else if (token.type === "inline") cells.push(inlineText(token.children ?? []))
    else if (token.type === "tr_close") {
      const more = rows.length === 0 ? [] : written.slice(cells.length)
      rows.push([
        ...cells.slice(0, rows.length === 0 ? cells.length : written.length),
        ...more.map((cell) => inlineText(markdown.parseInline(cell, {})[0]?.children ?? [])),
      ])
    }
  }
  return rows
}

/** Bars at both ends are borders, bars behind a backslash are text. */
function cellsOf(line: string): string[] {
  const cells = line
    .replace(/^[\s>]*/, "")
    .trim()
    .split(/(?<!\\)\|/)
  if (cells[0] === "") cells.shift()
  if (cells.at(-1) === "") cells.pop()
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"))
}

/** Four spaces make code of HTML that an author has indented for his own eyes; code to be shown is fenced. */
function isHtml(code: string): boolean {
  return /^\s*<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?>/i.test(code)
}

/** What a reader sees of inline marks; `\n` stands for hard breaks alone. */
function inlineText(tokens: readonly Token[]): string {
  let text = ""
  for (const token of tokens) text += tokenText(token)
  return text
}

function tokenText(token: Token): string {
  switch (token.type) {
    case "text":
    case "text_special":
      return token.content.replace(/\s{2,}|[^\S ]/g, " ")
    case "softbreak":
      return " "
    case "hardbreak":
      return "\n"
    case "code_inline":
      return token.content
    case "html_inline":
      return /^<br\b/i.test(token.content) ? "\n" : ""
    case "image":
      return inlineText(token.children ?? [])
    default:
      return ""
  }
}

/** The box of an item of a task list. */
function withoutBox(text: string): string {
  return text.replace(/^\[[ xX]\]\s+(?=\S)/, "")
}

/** Attributes in braces, as kramdown and its kin write them at the end of a line: `## Leave {#leave}`, `{: .note}`. */
function withoutAttributes(text: string): string {
  return text.replace(/(?<!\s)\s*\{(?::|[#.][\w-])[^{}\n]{0,200}\}\s*$/, "")
}
