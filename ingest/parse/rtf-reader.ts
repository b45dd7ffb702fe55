import type { Comment } from "./comments.ts"
import { parseFailure } from "./failure.ts"
import { charsetCodePage, decodeCodePage, RTF_SIGNS } from "./rtf-charsets.ts"
import { type RtfDestination, rtfDestination } from "./rtf-destinations.ts"
import { createRtfFlow, type RtfBlock } from "./rtf-flow.ts"
import { type RtfPiece, readRtfPieces } from "./rtf-pieces.ts"
import { createRtfStyles } from "./rtf-styles.ts"

interface RtfContent {
  readonly title: string
  readonly blocks: readonly RtfBlock[]
  /** Headers and footers. */
  readonly margins: readonly string[]
  readonly comments: readonly Comment[]
  readonly hidden: string
}

/** What holds until the end of a group. */
interface Group {
  readonly destination: RtfDestination
  /** Text of this destination so far; groups within one share it. */
  readonly sink: { text: string }
  readonly isHidden: boolean
  readonly isDeleted: boolean
  readonly font: number | undefined
  /** How many characters stand behind a `\u` for programs that do not know it. */
  readonly fallbackLength: number
  readonly isPageField: boolean
  /** Where the Unicode half of a text goes that stands in two encodings. */
  readonly unicodeTarget: { readonly destination: RtfDestination; readonly sink: { text: string } } | undefined
  /** `\*`: a destination that is not known is passed over. */
  readonly isIgnorable: boolean
}

/** Far more than programs nest. */
const MOST_DEPTH = 500

/** Reads the text of an RTF document; throws `too-deep`. A document that is cut off is read as far as it goes. */
export function readRtf(bytes: Uint8Array, path: string): RtfContent {
  const flow = createRtfFlow()
  const styles = createRtfStyles()
  const fonts = new Map<number, number>()
  const margins = new Set<string>()
  const comments: Comment[] = []
  const stack: Group[] = []
  let group: Group = {
    ...{ destination: "body", sink: { text: "" }, isHidden: false, isDeleted: false, font: undefined },
    ...{ fallbackLength: 1, isPageField: false, unicodeTarget: undefined, isIgnorable: false },
  }
  let codePage = 1252
  let pending: number[] = []
  let pendingCodePage = codePage
  let toSkip = 0
  let title = ""
  let author = ""
  let hidden = ""
  let isAtEnd = false

  const add = (text: string): void => {
    if (group.isDeleted || group.destination === "skipped" || group.destination === "frame") return
    if (group.destination === "styles") styles.text(text)
    else if (group.destination === "fonts") return
    else if (group.isHidden) hidden += text
    else if (group.destination === "body") flow.add(text)
    else group.sink.text += text
  }
  const flush = (): void => {
    if (pending.length === 0) return
    const text = decodeCodePage(pending, pendingCodePage)
    pending = []
    add(text)
  }
  const change = (values: Partial<Group>): void => {
    group = { ...group, ...values }
  }

  function close(): void {
    const closed = group
    const outer = stack.pop()
    if (outer === undefined || stack.length === 0) {
      isAtEnd = true
      return
    }
    group = outer
    if (closed.sink === outer.sink) return
    const text = closed.sink.text.trim()
    if (closed.destination === "note" || closed.destination === "box") flow.attach(text)
    else if (closed.destination === "label") flow.label(text)
    else if (closed.destination === "margin") margins.add(text)
    else if (closed.destination === "comment") comments.push({ author, text })
    else if (closed.destination === "author") author = text
    else if (closed.destination === "title") title = text
    else if (closed.destination === "instruction")
      change({ isPageField: /^(?:PAGE|NUMPAGES|SECTIONPAGES)\b/i.test(text) })
  }

  function enter(destination: RtfDestination): void {
    if (group.destination === "skipped") return
    change({ destination, sink: { text: "" }, isIgnorable: false })
  }

  function word(name: string, value: number | undefined): void {
    const destination = rtfDestination(name)
    if (destination !== undefined) enter(destination)
    else if (name === "upr") change({ unicodeTarget: { destination: group.destination, sink: group.sink } })
    else if (name === "ud" && group.unicodeTarget !== undefined) {
      change({ ...group.unicodeTarget, unicodeTarget: undefined, isIgnorable: false })
    } else if (group.isIgnorable) change({ destination: "skipped", sink: { text: "" }, isIgnorable: false })
    else if (name === "fldrslt" && group.isPageField) change({ destination: "skipped", sink: { text: "" } })
    else if (name === "result" && group.destination === "frame") change({ destination: "body", sink: { text: "" } })
    else if (group.destination === "styles") styles.word(name, value)
    else if (group.destination === "fonts") fontWord(name, value)
    else if (!characterWord(name, value)) paragraphWord(name, value)
  }

  function fontWord(name: string, value: number | undefined): void {
    if (name === "f") change({ font: value })
    else if (name === "fcharset" && group.font !== undefined) {
      const page = charsetCodePage(value ?? 0)
      if (page !== undefined) fonts.set(group.font, page)
    } else if (name === "cpg" && group.font !== undefined && value !== undefined) fonts.set(group.font, value)
  }

  /** Words about characters; false where it is none. */
  function characterWord(name: string, value: number | undefined): boolean {
    const sign = RTF_SIGNS.get(name)
    if (sign !== undefined) add(sign)
    else if (name === "u") {
      add(String.fromCharCode((value ?? 0) & 0xffff))
      toSkip = group.fallbackLength
    } else if (name === "uc") change({ fallbackLength: Math.max(0, value ?? 1) })
    else if (name === "f") change({ font: value })
    else if (name === "v") change({ isHidden: value !== 0 })
    else if (name === "deleted") change({ isDeleted: value !== 0 })
    else if (name === "plain") change({ isHidden: false, isDeleted: false })
    else if (name === "ansicpg") codePage = value ?? codePage
    else if (name === "mac") codePage = 10_000
    else if (name === "pc") codePage = 437
    else if (name === "pca") codePage = 850
    else return false
    return true
  }

  function paragraphWord(name: string, value: number | undefined): void {
    if (group.destination === "body") {
      if (name === "s") flow.level(styles.level(value ?? 0))
      else flow.word(name, value)
    } else if (BREAKS.has(name)) add("\n")
  }

  function onPiece(piece: RtfPiece): void {
    if (isAtEnd) return
    if (piece.type === "byte") {
      if (toSkip > 0) {
        toSkip--
        return
      }
      const page = fonts.get(group.font ?? -1) ?? codePage
      if (page !== pendingCodePage) flush()
      pendingCodePage = page
      pending.push(piece.byte)
      return
    }
    flush()
    if (piece.type === "open") {
      toSkip = 0
      if (stack.length >= MOST_DEPTH) throw parseFailure("too-deep", path)
      stack.push(group)
      if (group.unicodeTarget !== undefined) change({ destination: "skipped", sink: { text: "" } })
      if (group.destination === "styles") styles.open()
    } else if (piece.type === "close") {
      toSkip = 0
      if (group.destination === "styles") styles.close()
      close()
    } else if (toSkip > 0) toSkip--
    else if (piece.type === "word") word(piece.name, piece.value)
    else if (piece.sign === "*") change({ isIgnorable: true })
    else if (piece.sign === "\n" || piece.sign === "\r") paragraphWord("par", undefined)
    else add(RTF_SIGNS.get(piece.sign) ?? "")
  }

  readRtfPieces(bytes, onPiece)
  flush()
  return { title, blocks: flow.finish(), margins: [...margins], comments, hidden }
}

const BREAKS: ReadonlySet<string> = new Set(["par", "sect", "page", "cell", "row"])
