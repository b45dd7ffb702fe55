/** The part of the library that the format needs; its own types leave it open. */
interface FormatLibrary {
  format(format: string, value: number, options: { readonly date1904: boolean }): string
}

/** Shows numbers as a spreadsheet does under a format code such as `#,##0.00` or `d-mmm-yy`. */
export async function createNumberFormatter(startsIn1904: boolean): Promise<(value: number, format: string) => string> {
  const { SSF } = (await import("@e965/xlsx")) as { readonly SSF: FormatLibrary }
  return (value, format) => {
    if (format === "" || /^general$/i.test(format)) return plainNumber(value)
    try {
      return SSF.format(format, value, { date1904: startsIn1904 })
    } catch {
      return plainNumber(value) // A code that the library does not know: the number itself is what is left to show.
    }
  }
}

/** As many digits as a spreadsheet keeps, so that 0.1 + 0.2 is 0.3. */
function plainNumber(value: number): string {
  return String(Number(value.toPrecision(15)))
}
