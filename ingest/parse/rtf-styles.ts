/** The style sheet of an RTF document, as it is read. */
export interface RtfStyles {
  open(): void
  close(): void
  word(name: string, value: number | undefined): void
  text(text: string): void
  /** Level of the headings in this style, 1 to 6; undefined for other styles. */
  level(style: number): number | undefined
}

export function createRtfStyles(): RtfStyles {
  const levels = new Map<number, number>()
  let number = 0
  let outlineLevel: number | undefined
  let name = ""
  let isParagraphStyle = true
  return {
    open() {
      number = 0
      outlineLevel = undefined
      name = ""
      isParagraphStyle = true
    },
    close() {
      const level = isParagraphStyle ? (outlineLevel ?? nameLevel(name)) : undefined
      if (level !== undefined && level < BODY_LEVEL && !levels.has(number)) levels.set(number, Math.min(level + 1, 6))
      name = ""
      outlineLevel = undefined
    },
    word(word, value) {
      if (word === "s") number = value ?? 0
      else if (word === "cs" || word === "ds" || word === "ts") isParagraphStyle = false
      else if (word === "outlinelevel") outlineLevel = value
    },
    text(text) {
      name += text
    },
    level: (style) => levels.get(style),
  }
}

/** Outline level of body text, from 0; headings have 0 to 8. */
const BODY_LEVEL = 9

function nameLevel(text: string): number | undefined {
  const name = text.replace(/;.*$/, "").trim()
  if (/^title$/i.test(name)) return 0
  const level = /^heading ([1-9])$/i.exec(name)?.[1]
  return level === undefined ? undefined : Number(level) - 1
}
