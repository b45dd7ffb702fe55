import { parseHTML } from "linkedom"
import { parseFailure } from "./failure.ts"
import { checkDepth, closeEmptyElements } from "./html-tags.ts"
import { cleanLine, type TextBuilder } from "./text-builder.ts"

/** The part of the DOM that the walk needs; linkedom's own types ask for the browser's library. */
export interface HtmlNode {
  /** 1 element, 3 text, 9 document. */
  readonly nodeType: number
  readonly localName?: string
  readonly textContent: string | null
  readonly childNodes: Iterable<HtmlNode>
  getAttribute?(name: string): string | null
  querySelector?(selector: string): HtmlNode | null
  querySelectorAll?(selector: string): Iterable<HtmlNode>
}

/** Parses markup and walks all of it. Nothing that it names is fetched or run. Throws `too-deep`. */
export function appendHtml(builder: TextBuilder, html: string, path: string): void {
  walkHtml(builder, parseHtml(html, path), path)
}

/** The tree of a page; a fragment stands in a document of its own. Throws `too-deep`. */
export function parseHtml(html: string, path: string): HtmlNode {
  const source = /^\s{0,99}<\?xml/.test(html) ? closeEmptyElements(html) : html
  checkDepth(source, path)
  return parseHTML(source).document as unknown as HtmlNode
}

/** Appends what a reader sees of a node: headings, paragraphs, list items, tables, code, alternative texts. */
export function walkHtml(builder: TextBuilder, root: HtmlNode, path: string): void {
  const walk: Walk = { builder, path, inline: "", isInList: false }
  walkChildren(root, walk, 0)
  flush(walk)
}

function isHidden(element: HtmlNode): boolean {
  if (element.getAttribute === undefined) return false
  if (element.getAttribute("hidden") !== null || HIDING_STYLE.test(element.getAttribute("style") ?? "")) return true
  // What is kept from screen readers is often shown; signs without words, such as icons and anchors, are not text.
  return element.getAttribute("aria-hidden") === "true" && !/[\p{L}\p{N}]/u.test(element.textContent ?? "")
}

/** Text that a reader of the page does not see; scripts and their kin are no text. */
function hiddenText(element: HtmlNode): string {
  if (element.nodeType === 3) return element.textContent ?? ""
  if (SKIPPED.has(element.localName?.toLowerCase() ?? "")) return ""
  let text = ""
  for (const child of element.childNodes) text += hiddenText(child)
  return text
}

interface Walk {
  readonly builder: TextBuilder
  readonly path: string
  /** Inline text that has not become a block yet. */
  inline: string
  isInList: boolean
}

/** A level more than `checkDepth` lets through, for what the parser of the tree adds. */
const MAX_DEPTH = 600
const HIDING_STYLE =
  /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:[a-z%]*)\s*(?:;|!|$))/i
const SKIPPED = new Set(
  (
    "script style template noscript nav head title iframe object embed svg canvas audio video select button textarea " +
    "input datalist dialog map"
  ).split(" "),
)
const SKIPPED_ROLES = new Set(["navigation", "search", "menu", "menubar", "toolbar"])
const BLOCKS = new Set(
  (
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hr " +
    "html li main ol p section summary ul legend caption tbody thead tfoot tr td th"
  ).split(" "),
)

function walkChildren(node: HtmlNode, walk: Walk, depth: number): void {
  if (depth > MAX_DEPTH) throw parseFailure("too-deep", walk.path)
  for (const child of node.childNodes) {
    if (child.nodeType === 3) walk.inline += (child.textContent ?? "").replace(/\s+/g, " ")
    else if (child.nodeType === 1) walkElement(child, walk, depth + 1)
  }
}

function walkElement(element: HtmlNode, walk: Walk, depth: number): void {
  const name = element.localName?.toLowerCase() ?? ""
  if (isSkipped(element, name)) return
  if (isHidden(element)) {
    walk.builder.hide(hiddenText(element))
    return
  }
  const heading = /^h([1-6])$/.exec(name)?.[1]
  if (heading !== undefined) {
    flush(walk)
    walk.builder.heading(Number(heading), cellText(element, walk, depth))
  } else if (name === "pre") {
    flush(walk)
    walk.builder.code(element.textContent ?? "")
  } else if (name === "table" && isDataTable(element)) {
    flush(walk)
    walkTable(element, walk, depth)
  } else if (name === "br") walk.inline += "\n"
  else if (name === "img") walk.inline += ` ${element.getAttribute?.("alt") ?? ""} `
  else if (BLOCKS.has(name) || name === "table") {
    flush(walk)
    const wasInList = walk.isInList
    walk.isInList = name === "li" || name === "dd" || (wasInList && name !== "blockquote")
    walkChildren(element, walk, depth)
    flush(walk)
    walk.isInList = wasInList
  } else walkChildren(element, walk, depth)
}

function isSkipped(element: HtmlNode, name: string): boolean {
  if (SKIPPED.has(name) || SKIPPED_ROLES.has(element.getAttribute?.("role") ?? "")) return true
  // Marks that site generators put beside notes and headings: arrows back, anchors, bare numbers.
  if (name === "a" && /^(?:#(?:foot|end)note-ref|#fnref)/.test(element.getAttribute?.("href") ?? "")) return true
  return name === "a" && /^(?:foot|end)note-ref-/.test(element.getAttribute?.("id") ?? "")
}

function flush(walk: Walk): void {
  if (walk.isInList) walk.builder.listItem(walk.inline)
  else walk.builder.paragraph(walk.inline)
  walk.inline = ""
}

function walkTable(table: HtmlNode, walk: Walk, depth: number): void {
  const rows: string[][] = []
  for (const row of table.querySelectorAll?.("tr") ?? []) {
    if (isHidden(row)) {
      walk.builder.hide(hiddenText(row))
      continue
    }
    const cells: string[] = []
    for (const cell of row.childNodes) {
      if (cell.nodeType !== 1 || !/^t[dh]$/i.test(cell.localName ?? "")) continue
      if (isHidden(cell)) walk.builder.hide(hiddenText(cell))
      else cells.push(cellText(cell, walk, depth))
    }
    rows.push(cells)
  }
  const caption = table.querySelector?.("caption")
  if (caption) walk.builder.paragraph(cellText(caption, walk, depth))
  walk.builder.table(rows)
}

/** A table that holds tables, headings or one column arranges a page; its parts are read as if it were not there. */
function isDataTable(table: HtmlNode): boolean {
  if (table.querySelector?.("table, h1, h2, h3, h4, h5, h6, pre")) return false
  for (const row of table.querySelectorAll?.("tr") ?? []) {
    let cells = 0
    for (const cell of row.childNodes) if (/^t[dh]$/i.test(cell.localName ?? "")) cells++
    if (cells > 1) return true
  }
  return false
}

/** One line of text: blocks and breaks become spaces. */
function cellText(element: HtmlNode, walk: Walk, depth: number): string {
  if (depth > MAX_DEPTH) throw parseFailure("too-deep", walk.path)
  let text = ""
  for (const child of element.childNodes) {
    const name = child.localName?.toLowerCase() ?? ""
    if (child.nodeType === 3) text += child.textContent ?? ""
    else if (child.nodeType !== 1 || isSkipped(child, name)) continue
    else if (isHidden(child)) walk.builder.hide(hiddenText(child))
    else if (name === "img") text += ` ${child.getAttribute?.("alt") ?? ""} `
    else if (name === "br" || BLOCKS.has(name)) text += ` ${cellText(child, walk, depth + 1)} `
    else text += cellText(child, walk, depth + 1)
  }
  return cleanLine(text) === "" ? "" : text
}
