import iconv from "iconv-lite"

interface RtfToken {
  readonly text: string
  /** Part of the text that a reader of the RTF sees. */
  readonly isVisible: boolean
  /** Part of the HTML that the RTF was made of. */
  readonly isHtml: boolean
}

interface Group {
  /** Content of a table, a picture, a setting: no text. */
  isSkipped: boolean
  /** `\*\htmltag`: a piece of the HTML. */
  isHtmlTag: boolean
  /** `\htmlrtf`: what stands in for the HTML in RTF. */
  isStandIn: boolean
  /** Characters behind `\u` that stand in for it. */
  fallbacks: number
}

/** Whether the RTF was made of HTML, which can be taken out of it again. */
export function isHtmlInRtf(rtf: Buffer): boolean {
  return /\\fromhtml1?\b/.test(rtf.toString("latin1", 0, 1000))
}

/** Pieces of text in order, without what only a program reads. */
export function* rtfTokens(rtf: Buffer): Generator<RtfToken> {
  const source = rtf.toString("latin1")
  const encoding = codePageOf(source)
  let group: Group = { isSkipped: false, isHtmlTag: false, isStandIn: false, fallbacks: 1 }
  const outer: Group[] = []
  let toSkip = 0
  let bytes: number[] = []
  const token = (text: string): RtfToken => ({
    text,
    isVisible: !group.isSkipped && !group.isHtmlTag,
    isHtml: group.isHtmlTag || (!group.isSkipped && !group.isStandIn),
  })
  for (const match of source.matchAll(TOKEN)) {
    const [whole, word, number, byte, symbol] = match
    if (byte !== undefined) {
      if (toSkip > 0) toSkip--
      else bytes.push(Number.parseInt(byte, 16))
      continue
    }
    if (bytes.length > 0) {
      yield token(iconv.decode(Buffer.from(bytes), encoding))
      bytes = []
    }
    if (whole === "{") {
      if (outer.length < MOST_DEPTH) outer.push(group)
      group = { ...group }
    } else if (whole === "}") group = outer.pop() ?? group
    else if (word === "u" && number !== undefined) {
      yield token(String.fromCharCode(Number(number) & 0xffff))
      toSkip = group.fallbacks
    } else if (word !== undefined) {
      const text = WORDS.get(word)
      if (text !== undefined) yield token(text)
      else applyWord(group, word, number)
    } else if (symbol === "*") group.isSkipped = true
    else if (symbol !== undefined) yield token(SYMBOLS.get(symbol) ?? "")
    else {
      const text = whole.replace(/[\r\n]/g, "")
      const kept = text.slice(Math.min(toSkip, text.length))
      toSkip -= text.length - kept.length
      yield token(iconv.decode(Buffer.from(kept, "latin1"), encoding))
    }
  }
  if (bytes.length > 0) yield token(iconv.decode(Buffer.from(bytes), encoding))
}

/** A control word, a byte, a control symbol, a brace, or text. Every branch is bounded or ends at one character. */
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|[{}]|[^\\{}]+/gi
const MOST_DEPTH = 1000
const SKIPPED = new Set(
  "fonttbl colortbl stylesheet info pict object header footer footnote listtable revtbl generator themedata".split(" "),
)
const WORDS: ReadonlyMap<string, string> = new Map([
  ["par", "\n"],
  ["line", "\n"],
  ["sect", "\n"],
  ["page", "\n"],
  ["row", "\n"],
  ["cell", "\t"],
  ["tab", "\t"],
  ["bullet", "•"],
  ["endash", "–"],
  ["emdash", "—"],
  ["lquote", "‘"],
  ["rquote", "’"],
  ["ldblquote", "“"],
  ["rdblquote", "”"],
])
const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["{", "{"],
  ["}", "}"],
  ["~", "\u00A0"],
  ["_", "-"],
  ["\n", "\n"],
  ["\r", "\n"],
])

function applyWord(group: Group, word: string, number: string | undefined): void {
  if (word === "htmltag") group.isHtmlTag = true
  else if (word === "htmlrtf") group.isStandIn = number !== "0"
  else if (word === "uc") group.fallbacks = Math.min(Number(number ?? 1), 9)
  else if (SKIPPED.has(word)) group.isSkipped = true
}

function codePageOf(source: string): string {
  const number = /\\ansicpg(\d{1,5})/.exec(source.slice(0, 2000))?.[1]
  const encoding = number === "65001" ? "utf-8" : `cp${number}`
  return number !== undefined && iconv.encodingExists(encoding) ? encoding : "windows-1252"
}
