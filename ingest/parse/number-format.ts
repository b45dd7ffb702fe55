/** The part of the library that the format needs; its own types leave it open. */
interface FormatLibrary {
  format(format: string, value: number, options: { readonly date1904: boolean }): string
  parse_date_code(value: number, options: { readonly date1904: boolean }): DateParts | null
}

interface DateParts {
  readonly y: number
  readonly m: number
  readonly d: number
  readonly H: number
  readonly M: number
  readonly S: number
}

/**
 * Shows numbers as a spreadsheet does under a format code such as `#,##0.00`. Dates with day, month and year come as
 * ISO 8601 (`2026-03-01`, `2026-03-01 14:30`), whatever the country of the format: they are compared and asked for.
 */
export async function createNumberFormatter(startsIn1904: boolean): Promise<(value: number, format: string) => string> {
  const { SSF } = (await import("@e965/xlsx")) as { readonly SSF: FormatLibrary }
  const options = { date1904: startsIn1904 }
  const kinds = new Map<string, DateKind>()
  const kindOf = (format: string): DateKind => {
    const known = kinds.get(format) ?? dateKind(format)
    kinds.set(format, known)
    return known
  }
  return (value, format) => {
    if (format === "" || /^general$/i.test(format)) return plainNumber(value)
    try {
      const kind = kindOf(format)
      const date = kind === "other" ? null : SSF.parse_date_code(value, options)
      return date === null ? SSF.format(format, value, options) : isoDate(date, kind)
    } catch {
      return plainNumber(value) // A code that the library does not know: the number itself is what is left to show.
    }
  }
}

type DateKind = "date" | "minutes" | "seconds" | "other"

/** What a format shows of a date, by the letters of its first section outside quotes, escapes and brackets. */
function dateKind(format: string): DateKind {
  const letters = format.replace(/"[^"]*"|\\.|\[[^\][]*\]|[_*]./g, "").split(";", 1)[0] ?? ""
  if (!/y/i.test(letters) || !/m/i.test(letters) || !/d/i.test(letters)) return "other"
  return /s/i.test(letters) ? "seconds" : /h/i.test(letters) ? "minutes" : "date"
}

function isoDate({ y, m, d, H, M, S }: DateParts, kind: DateKind): string {
  const two = (number: number): string => String(number).padStart(2, "0")
  const date = `${String(y).padStart(4, "0")}-${two(m)}-${two(d)}`
  if (kind === "date") return date
  return `${date} ${two(H)}:${two(M)}${kind === "seconds" ? `:${two(S)}` : ""}`
}

/** As many digits as a spreadsheet keeps, so that 0.1 + 0.2 is 0.3. */
export function plainNumber(value: number): string {
  return String(Number(value.toPrecision(15)))
}
