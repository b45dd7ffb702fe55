import iconv from "iconv-lite"

/** Decodes bytes of a Windows code page; of 1252 where it is not known. */
export function decodeCodePage(bytes: readonly number[], codePage: number): string {
  const name = CODE_PAGES.get(codePage) ?? `cp${codePage}`
  return iconv.decode(Buffer.from(bytes), iconv.encodingExists(name) ? name : "windows-1252")
}

/** Code page of a font by its `\fcharset`; undefined for that of the document. */
export function charsetCodePage(charset: number): number | undefined {
  return CHARSETS.get(charset)
}

const CODE_PAGES: ReadonlyMap<number, string> = new Map([
  [932, "shift_jis"],
  [936, "gbk"],
  [949, "cp949"],
  [950, "big5"],
  [10_000, "macroman"],
  [65_001, "utf8"],
])
/** RTF 1.9.1, `\fcharsetN`. */
const CHARSETS: ReadonlyMap<number, number> = new Map([
  [77, 10_000],
  [128, 932],
  [129, 949],
  [134, 936],
  [136, 950],
  [161, 1253],
  [162, 1254],
  [163, 1258],
  [177, 1255],
  [178, 1256],
  [186, 1257],
  [204, 1251],
  [222, 874],
  [238, 1250],
  [254, 437],
  [255, 850],
])

/** Control words that stand for a character. */
export const RTF_SIGNS: ReadonlyMap<string, string> = new Map([
  ["tab", "\t"],
  ["line", "\n"],
  ["lbr", "\n"],
  ["emdash", "—"],
  ["endash", "–"],
  ["lquote", "‘"],
  ["rquote", "’"],
  ["ldblquote", "“"],
  ["rdblquote", "”"],
  ["bullet", "•"],
  ["emspace", " "],
  ["enspace", " "],
  ["qmspace", " "],
  ["zwj", "\u200D"],
  ["zwnj", "\u200C"],
  ["~", " "],
  ["_", "-"],
  ["{", "{"],
  ["}", "}"],
  ["\\", "\\"],
])
