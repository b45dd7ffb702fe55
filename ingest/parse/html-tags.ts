import { parseFailure } from "./failure.ts"

interface HtmlTag {
  /** Lower case. */
  readonly name: string
  readonly isClosing: boolean
  /** Ends with `/>`. */
  readonly isEmpty: boolean
  /** Offset behind the tag. */
  readonly end: number
}

/** Deeper than any page that a person wrote, far from the end of the stack of those that walk the tree. */
const MAX_DEPTH = 500

/**
 * Counts how deep elements nest, in one pass and before a tree is built, for building deep trees takes long. Throws
 * `too-deep`.
 */
export function checkDepth(html: string, path: string): void {
  const open: string[] = []
  for (const { name, isClosing } of htmlTags(html)) {
    if (isClosing) {
      const at = open.lastIndexOf(name)
      if (at >= 0) open.length = at
    } else if (!VOID.has(name)) {
      const implied = IMPLIED_ENDS.get(name)
      while (implied?.has(open.at(-1) ?? "") === true) open.pop()
      open.push(name)
      if (open.length > MAX_DEPTH) throw parseFailure("too-deep", path)
    }
  }
}

/** Elements that XHTML closes within their first tag, `<a id="x"/>`, closed as HTML demands it. */
export function closeEmptyElements(xhtml: string): string {
  const parts: string[] = []
  let from = 0
  for (const { name, isEmpty, end } of htmlTags(xhtml)) {
    if (!isEmpty || VOID.has(name)) continue
    parts.push(xhtml.slice(from, end), `</${name}>`)
    from = end
  }
  return parts.join("") + xhtml.slice(from)
}

/** Tags in order; comments and the content of scripts and styles are passed over. Linear on any input. */
function* htmlTags(html: string): Generator<HtmlTag> {
  let at = html.indexOf("<")
  while (at >= 0) {
    let end = at + 1
    if (html.startsWith("<!--", at)) end = endOfComment(html, at + 2)
    else if (html[at + 1] === "!" || html[at + 1] === "?") end = after(html, ">", at + 2)
    else {
      NAME.lastIndex = at + 1
      const found = NAME.exec(html)?.[0]
      if (found !== undefined) {
        const isClosing = found.startsWith("/")
        const name = found.slice(isClosing ? 1 : 0).toLowerCase()
        end = endOfTag(html, NAME.lastIndex)
        const isEmpty = html[end - 2] === "/"
        yield { name, isClosing, isEmpty, end }
        if (!isClosing && !isEmpty && RAW.has(name)) end = endOfRaw(html, name, end)
      }
    }
    at = html.indexOf("<", end)
  }
}

/** Longer names are those of nobody. */
const NAME = /\/?[a-z][^\s/>]{0,80}/iy
const VOID = new Set(
  "area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr".split(
    " ",
  ),
)
const RAW = new Set(["script", "style", "title", "textarea"])
const HEADINGS = "h1 h2 h3 h4 h5 h6"
const BLOCKS_END_PARAGRAPHS =
  "address article aside blockquote div dl fieldset footer form header hr main nav ol pre section table ul p " +
  HEADINGS
/** Elements that end when another one begins, as the parser of the tree sees it. */
const IMPLIED_ENDS: ReadonlyMap<string, ReadonlySet<string>> = new Map<string, ReadonlySet<string>>([
  ["tr", new Set(["tr", "th", "td"])],
  ["th", new Set(["th"])],
  ["td", new Set(["thead", "th", "td"])],
  ["tbody", new Set(["thead", "tbody"])],
  ["tfoot", new Set(["thead", "tbody"])],
  ["li", new Set(["li"])],
  ["dt", new Set(["dt", "dd"])],
  ["dd", new Set(["dt", "dd"])],
  ["option", new Set(["option"])],
  ["optgroup", new Set(["optgroup", "option"])],
  ...BLOCKS_END_PARAGRAPHS.split(" ").map((name) => [name, new Set(["p"])] as const),
])

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from)
  return at < 0 ? html.length : at + mark.length
}

/** A comment may end where it begins, `<!-->`. */
function endOfComment(html: string, from: number): number {
  COMMENT_END.lastIndex = from
  return COMMENT_END.test(html) ? COMMENT_END.lastIndex : html.length
}

const COMMENT_END = /--!?>/g

/** Behind the `>` that ends a tag; one within quotation marks does not. */
function endOfTag(html: string, from: number): number {
  let quote = 0
  for (let at = from; at < html.length; at++) {
    const code = html.charCodeAt(at)
    if (quote !== 0) {
      if (code === quote) quote = 0
    } else if (code === GREATER) return at + 1
    else if ((code === DOUBLE || code === SINGLE) && html.charCodeAt(at - 1) === EQUALS) quote = code
  }
  return html.length
}

const [GREATER, DOUBLE, SINGLE, EQUALS] = [62, 34, 39, 61]

function endOfRaw(html: string, name: string, from: number): number {
  const close = new RegExp(`</${name}`, "gi")
  close.lastIndex = from
  return close.exec(html)?.index ?? html.length
}
