import { IbidError } from "../../src/core/errors.ts"
import type { Parser } from "../../src/core/ports.ts"
import { readBinaryWorkbook } from "./binary-workbook.ts"
import { parseFailure } from "./failure.ts"
import { XLS_TYPE } from "./office-types.ts"
import { appendSheet, createCellCounter, type Sheet } from "./sheet.ts"
import { createTextBuilder } from "./text-builder.ts"
import { withCellsOnly, workbookStream } from "./workbook-stream.ts"

/** Excel workbooks of before 2007, sheet by sheet. */
export const xlsParser: Parser = {
  mediaTypes: [XLS_TYPE],
  extensions: [".xls", ".xlt"],
  async parse(bytes, { path }) {
    if (bytes.length === 0) throw parseFailure("empty-file", path)
    const stream = await workbookStream(bytes, path)
    const builder = createTextBuilder()
    const sheets = await readSheets(stream, path, () => builder.warn("drawings-unreadable"))
    for (const [index, sheet] of sheets.entries()) appendSheet(builder, index + 1, sheet)
    return builder.finish({ title: null, pages: sheets.length })
  },
}

/** Comments and text boxes are what most often is damaged; the cells do not need them. */
async function readSheets(stream: Buffer, path: string, warn: () => void): Promise<readonly Sheet[]> {
  const read = async (hasDrawings: boolean): Promise<readonly Sheet[]> => {
    const records = withCellsOnly(stream, { counter: createCellCounter(path), hasDrawings })
    return await readBinaryWorkbook(records, { path, counter: createCellCounter(path) })
  }
  try {
    return await read(true)
  } catch (thrown) {
    if (!(thrown instanceof IbidError) || thrown.code !== "broken-file") throw thrown
    const sheets = await read(false)
    warn()
    return sheets
  }
}
