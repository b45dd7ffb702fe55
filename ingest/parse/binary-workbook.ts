import type { ParsingOptions, WorkBook, WorkSheet } from "@e965/xlsx"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { createNumberFormatter } from "./number-format.ts"
import { type CellCounter, cellName, cellText, type Sheet } from "./sheet.ts"
import type { Row } from "./table-rows.ts"

/**
 * The sheets of a workbook in one of Excel's binary formats, as a library reads its records. Give it what has passed all
 * limits and nothing else: it has none. Throws `encrypted`, `broken-file`, `too-many-cells`.
 */
export async function readBinaryWorkbook(
  bytes: Uint8Array,
  { path, counter }: { readonly path: string; readonly counter: CellCounter },
): Promise<readonly Sheet[]> {
  const library = await import("@e965/xlsx")
  library.set_cptable(await import("@e965/xlsx/dist/cpexcel"))
  const book = readBook(() => library.read(Buffer.from(bytes), OPTIONS), path)
  const format = await createNumberFormatter(book.Workbook?.WBProps?.date1904 === true)
  return book.SheetNames.map((name, index) => {
    const sheet = book.Sheets[name] ?? {}
    const isHidden = (book.Workbook?.Sheets?.[index]?.Hidden ?? 0) !== 0
    return { ...contentOf(sheet, { counter, format }), name: soundName(name) ?? `Sheet ${index + 1}`, isHidden }
  })
}

/** Excel allows 31 characters; records of another layout, such as those before the first release, give nonsense. */
function soundName(name: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return name.length > 100 || /[\u0000-\u001F]/.test(name) ? undefined : name
}

const OPTIONS: ParsingOptions = {
  type: "buffer",
  dense: true,
  cellNF: true,
  cellText: false,
  cellHTML: false,
  cellFormula: false,
  // Without it the library does not say which columns are hidden.
  cellStyles: true,
  // What Excel itself tries before it asks: it protects the structure of a workbook with this password.
  password: "VelvetSweatshop",
}

function readBook(read: () => WorkBook, path: string): WorkBook {
  try {
    return read()
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    const isEncrypted = cause instanceof Error && /password|encryption/i.test(cause.message)
    throw parseFailure(isEncrypted ? "encrypted" : "broken-file", path, { cause })
  }
}

interface LibraryCell {
  readonly t: string
  readonly v?: unknown
  readonly z?: string | number
  readonly c?: readonly { readonly t?: string }[]
}

/** Fields of the library's sheets that its types leave out. */
interface LibraryObject {
  readonly cmo?: readonly number[]
  readonly TxO?: { readonly t?: string }
}

interface ContentOptions {
  readonly counter: CellCounter
  format(value: number, format: string): string
}

function contentOf(sheet: WorkSheet, { counter, format }: ContentOptions): Omit<Sheet, "name" | "isHidden"> {
  const rows: Row[] = []
  const comments: string[] = []
  const lines = (sheet["!data"] ?? []) as unknown as Readonly<Record<string, Readonly<Record<string, LibraryCell>>>>
  // By key, not by index: a row may stand a million rows below the one before it.
  for (const row in lines) {
    const number = Number(row) + 1
    const cells: { readonly column: number; readonly text: string }[] = []
    for (const column in lines[row]) {
      const cell = lines[row]?.[column]
      if (cell === undefined) continue
      const text = cellText(shownValue(cell, format))
      counter.cell(text.length)
      if (text !== "") cells.push({ column: Number(column), text })
      for (const comment of cell.c ?? []) comments.push(`${cellName(number, Number(column))}: ${comment.t ?? ""}`)
    }
    if (cells.length === 0) continue
    counter.row()
    rows.push({ number, cells })
  }
  const objects = Object.values((sheet["!objects"] ?? []) as readonly LibraryObject[])
  const boxes = objects.filter(({ cmo }) => cmo?.[1] !== NOTE_OBJECT).map(({ TxO }) => TxO?.t ?? "")
  return {
    rows,
    merged: (sheet["!merges"] ?? []).map(({ s, e }) => ({
      ...{ firstRow: s.r + 1, lastRow: e.r + 1, firstColumn: s.c, lastColumn: e.c },
    })),
    isHiddenRow: (row) => sheet["!rows"]?.[row - 1]?.hidden === true,
    isHiddenColumn: (column) => sheet["!cols"]?.[column]?.hidden === true,
    notes: [...boxes, ...comments].filter((text) => text.trim() !== ""),
    hidden: [],
  }
}

/** Kind of an object that shows a comment, whose text stands with its cell (MS-XLS 2.5.143). */
const NOTE_OBJECT = 0x19

function shownValue({ t: type, v: value, z: code }: LibraryCell, format: ContentOptions["format"]): string {
  if (value === undefined || value === null) return ""
  switch (type) {
    case "n":
      return typeof value === "number" && Number.isFinite(value) ? format(value, String(code ?? "General")) : ""
    case "b":
      return value === true ? "TRUE" : "FALSE"
    case "e":
      return ERRORS.get(Number(value)) ?? "#N/A"
    default:
      return type === "s" ? String(value) : ""
  }
}

const ERRORS: ReadonlyMap<number, string> = new Map([
  [0x00, "#NULL!"],
  [0x07, "#DIV/0!"],
  [0x0f, "#VALUE!"],
  [0x17, "#REF!"],
  [0x1d, "#NAME?"],
  [0x24, "#NUM!"],
  [0x2a, "#N/A"],
])
