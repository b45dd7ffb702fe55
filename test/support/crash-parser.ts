import { readFile } from "node:fs/promises"
import { cut } from "../../ingest/cut.ts"
import type { OcrHost } from "../../ingest/ocr-host.ts"
import { archiveParser } from "../../ingest/parse/archive.ts"
import { collectEmbedded } from "../../ingest/parse/embedded.ts"
import { markdownParser } from "../../ingest/parse/markdown.ts"
import { createTextBuilder } from "../../ingest/parse/text-builder.ts"
import type { ParserHost } from "../../ingest/parser-host.ts"
import type { ParsedDocument, RecognisedPage } from "../../src/core/types.ts"

/** Pages of whatever is given as a PDF: enough for the document to be indexed anew between two of them. */
const SCANNED_PAGES = 5

/** Markdown and archives by their parsers, in this process; a PDF is a scan, whatever its bytes say. */
export function createCrashParser(): ParserHost {
  return {
    parse: async ({ file, path, mediaType, recognised = [], embeddedFolder }) => {
      if (mediaType === "application/pdf") return { document: cut(scan(recognised)), embedded: [] }
      const { embed, refuse, files, report } = collectEmbedded(path, embeddedFolder)
      const parser = archiveParser.mediaTypes.includes(mediaType) ? archiveParser : markdownParser
      const context = { recognised: new Map(), embed, refuse, part: () => undefined }
      const document = await parser.parse(await readFile(file), { path, mediaType }, context)
      return {
        document: cut({ ...document, report: { ...document.report, embeddedFiles: [...report] } }),
        embedded: files,
      }
    },
    dispose: async () => undefined,
  }
}

/** Reads on every page that it is one. */
export function createCrashOcr(): OcrHost {
  return {
    recognise: async ({ page }) => ({ page, text: `This is the scanned page ${page}.`, confidence: 90 }),
    dispose: async () => undefined,
  }
}

function scan(recognised: readonly RecognisedPage[]): ParsedDocument {
  const builder = createTextBuilder()
  for (let page = 1; page <= SCANNED_PAGES; page++) {
    builder.page(page)
    const known = recognised.find((one) => one.page === page)
    if (known === undefined) builder.recognise(page)
    else builder.paragraph(known.text)
  }
  return builder.finish({ title: "Scan", pages: SCANNED_PAGES })
}
