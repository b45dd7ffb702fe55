import type { Code, Nodes, PhrasingContent, RootContent } from "mdast"
import { fromMarkdown } from "mdast-util-from-markdown"
import { gfmFromMarkdown } from "mdast-util-gfm"
import { gfm } from "micromark-extension-gfm"
import type { Parser } from "../../src/core/ports.ts"
import { decodeText } from "./decode.ts"
import { parseFailure } from "./failure.ts"
import { appendHtml } from "./html-walker.ts"
import { removeTemplateTags, splitFrontMatter } from "./markdown-source.ts"
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
  const tree = fromMarkdown(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
  appendBlocks(tree.children, { builder, path, source, depth: 0, isInList: false })
}

interface Place {
  readonly builder: TextBuilder
  readonly path: string
  readonly source: string
  readonly depth: number
  readonly isInList: boolean
}

// A recursion per level: deeper than any document that a person wrote, far from the end of the stack.
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

function appendBlocks(nodes: readonly RootContent[], place: Place): void {
  if (place.depth > MAX_DEPTH) throw parseFailure("too-deep", place.path)
  for (const node of nodes) appendBlock(node, place)
}

function appendBlock(node: RootContent, place: Place): void {
  const { builder } = place
  const inner = { ...place, depth: place.depth + 1 }
  switch (node.type) {
    case "heading":
      builder.heading(node.depth, withoutAttributes(inlineText(node.children)))
      break
    case "paragraph": {
      const text = withoutAttributes(inlineText(node.children))
      if (place.isInList) builder.listItem(text)
      else builder.paragraph(text)
      break
    }
    case "code":
      if (isIndentedHtml(node, place.source)) appendHtml(builder, node.value, place.path)
      else builder.code(node.value)
      break
    case "table":
      builder.table(node.children.map((row) => row.children.map((cell) => inlineText(cell.children))))
      break
    case "html":
      appendHtml(builder, node.value, place.path)
      break
    case "list":
      for (const item of node.children) appendBlocks(item.children, { ...inner, isInList: true })
      break
    case "blockquote":
    case "footnoteDefinition":
      appendBlocks(node.children, { ...inner, isInList: false })
      break
    default: // Rules and link definitions hold no text of their own.
  }
}

/** Four spaces make code of HTML that an author has indented for his own eyes; code to be shown is fenced. */
function isIndentedHtml(node: Code, source: string): boolean {
  const isFenced = /[`~]/.test(source[node.position?.start.offset ?? 0] ?? "")
  return !isFenced && /^\s*<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?>/i.test(node.value)
}

/** What a reader sees of inline nodes; `\n` stands for hard breaks alone. */
function inlineText(nodes: readonly PhrasingContent[]): string {
  let text = ""
  for (const node of nodes) text += nodeText(node)
  return text
}

function nodeText(node: Nodes): string {
  switch (node.type) {
    case "text":
      return node.value.replace(/\s+/g, " ")
    case "inlineCode":
      return node.value
    case "break":
      return "\n"
    case "image":
    case "imageReference":
      return node.alt ?? ""
    case "html":
      return /^<br\b/i.test(node.value) ? "\n" : ""
    case "footnoteReference":
      return ""
    default:
      return "children" in node ? inlineText(node.children as PhrasingContent[]) : ""
  }
}

/** Attributes in braces, as kramdown and its kin write them at the end of a line: `## Leave {#leave}`, `{: .note}`. */
function withoutAttributes(text: string): string {
  return text.replace(/(?<!\s)\s*\{(?::|[#.][\w-])[^{}\n]{0,200}\}\s*$/, "")
}
