/** Entry of the parser process: one request at a time, the file is read here, nothing is fetched. */
import { readFile } from "node:fs/promises"
import type { ParsedDocument } from "../src/core/types.ts"
import { serveWork } from "./child-work.ts"
import { type CutDocument, cut } from "./cut.ts"
import { extensionWarnings } from "./media-type.ts"
import { collectEmbedded } from "./parse/embedded.ts"
import { parseFailure } from "./parse/failure.ts"
import { pdfEngine } from "./parse/pdf-engine.ts"
import { loadPdfium } from "./parse/pdfium.ts"
import { loadParser } from "./parse/registry.ts"
import type { Parsed, ParseWork } from "./parser-host.ts"

await serveWork<ParseWork, Parsed, CutDocument>(
  async ({ file, mediaType, recognised = [], embeddedFolder }, { path, part }) => {
    const parser = await loadParser(mediaType, path)
    const bytes = await readFile(file)
    if (bytes.length === 0) throw parseFailure("empty-file", path)
    const collected = collectEmbedded(path, embeddedFolder)
    const finish = (document: ParsedDocument): CutDocument =>
      cut({
        ...document,
        warnings: [...extensionWarnings(path, mediaType), ...document.warnings],
        report: { ...document.report, embeddedFiles: [...collected.report] },
      })
    const document = await parser.parse(
      bytes,
      { path, mediaType },
      {
        recognised: new Map(recognised.map((page) => [page.page, page])),
        embed: collected.embed,
        refuse: collected.refuse,
        part: (read) => part(finish(read)),
      },
    )
    return { document: finish(document), embedded: collected.files }
  },
  // The large libraries come before the memory limit is set, which counts from what the started process has.
  async () => await Promise.all([pdfEngine(), loadPdfium()]),
)
