import MarkdownIt, { type StateBlock, type StateInline } from "markdown-it"

/**
 * CommonMark with GitHub's tables, strikethrough and footnotes. Addresses are of no interest: nothing is checked or
 * rewritten, so that the words of every link come out.
 */
export function createMarkdown(): ReturnType<typeof MarkdownIt> {
  const markdown = new MarkdownIt({ html: true, maxNesting: MOST_LEVELS })
  markdown.validateLink = () => true
  markdown.normalizeLink = (address) => address
  markdown.normalizeLinkText = (text) => text
  markdown.block.ruler.before("reference", "footnote", footnoteBlock, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  })
  markdown.inline.ruler.before("link", "footnote", footnoteMark)
  markdown.inline.ruler.after("strikethrough", "strike", singleStrike)
  return markdown
}

/** Deeper than the walker goes, which refuses the document; the library leaves out what is deeper than its own limit. */
const MOST_LEVELS = 2000

/** Labels of the footnotes that were met, in lower case. */
interface Environment {
  footnotes?: Set<string>
}

const FOOTNOTE = /^\[\^([^\s[\]]{1,999})\]:[ \t]*/

/** `[^label]: text`, and what is indented below it, as a container like an item of a list. */
function footnoteBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const [from, to] = [lineStart(state, startLine), state.eMarks[startLine] ?? 0]
  if (state.src.charCodeAt(from) !== OPENING_BRACKET || indentOf(state, startLine) >= 4) return false
  const match = FOOTNOTE.exec(state.src.slice(from, to))
  if (match?.[1] === undefined) return false
  if (silent) return true
  const environment = state.env as Environment
  environment.footnotes ??= new Set()
  environment.footnotes.add(match[1].toLowerCase())
  const former = {
    ...{ blkIndent: state.blkIndent, parentType: state.parentType },
    ...{ begin: state.bMarks[startLine] ?? 0, shift: state.tShift[startLine] ?? 0 },
    columns: state.sCount[startLine] ?? 0,
  }
  state.push("footnote_open", "", 1)
  state.blkIndent += 4
  state.parentType = "blockquote"
  state.bMarks[startLine] = from + match[0].length
  state.tShift[startLine] = 0
  state.sCount[startLine] = state.blkIndent
  state.md.block.tokenize(state, startLine, endLine)
  state.blkIndent = former.blkIndent
  state.parentType = former.parentType
  state.bMarks[startLine] = former.begin
  state.tShift[startLine] = former.shift
  state.sCount[startLine] = former.columns
  state.push("footnote_close", "", -1)
  return true
}

/** The mark of a footnote that there is; others are text. */
function footnoteMark(state: StateInline, silent: boolean): boolean {
  if (state.src.charCodeAt(state.pos + 1) !== CARET) return false
  const footnotes = (state.env as Environment).footnotes
  if (footnotes === undefined) return false
  const match = /^\[\^([^\s[\]]{1,999})\]/.exec(state.src.slice(state.pos, state.pos + 1002))
  if (match?.[1] === undefined || !footnotes.has(match[1].toLowerCase())) return false
  if (!silent) state.push("footnote_mark", "", 0)
  state.pos += match[0].length
  return true
}

/** `~text~`: GitHub takes one tilde like two. */
function singleStrike(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state
  if (src.charCodeAt(pos) !== TILDE || src.charCodeAt(pos + 1) === TILDE || src.charCodeAt(pos - 1) === TILDE)
    return false
  STRUCK.lastIndex = pos
  const match = STRUCK.exec(src.slice(0, posMax))
  if (match === null) return false
  const end = pos + match[0].length
  if (!silent) {
    state.pos = pos + 1
    state.posMax = end - 1
    state.md.inline.tokenize(state)
    state.posMax = posMax
  }
  state.pos = end
  return true
}

/** Not across code, whose tildes are its own. */
const STRUCK = /~(?=[^\s~])[^~`\n]{0,250}[^\s~`]~(?!~)/y
const OPENING_BRACKET = 0x5b
const CARET = 0x5e
const TILDE = 0x7e

function lineStart(state: StateBlock, line: number): number {
  return (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0)
}

function indentOf(state: StateBlock, line: number): number {
  return (state.sCount[line] ?? 0) - state.blkIndent
}
