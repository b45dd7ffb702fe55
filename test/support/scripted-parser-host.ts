import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cut } from "../../ingest/cut.ts"
import { createTextBuilder } from "../../ingest/parse/text-builder.ts"
import type { ParserHost } from "../../ingest/parser-host.ts"
import type { ParsedDocument, RecognisedPage } from "../../src/core/types.ts"

type HostRequest = Parameters<ParserHost["parse"]>[0]
type Request = Omit<HostRequest, "onPart"> & { readonly onPart?: (document: ParsedDocument) => void }

/** A parser host that answers from a script, by the document's name: no process, and each moment is the test's. */
export function createScriptedParserHost(
  script: Readonly<Record<string, (request: Request) => Promise<ParsedDocument> | ParsedDocument>>,
  embedded: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): ParserHost {
  return {
    async parse(request) {
      const answer = script[request.path]
      if (answer === undefined) throw new RangeError(`The script has no answer for ${request.path}`)
      const document = await answer({ ...request, onPart: (part) => request.onPart?.(cut(part)) })
      const files = Object.entries(embedded[request.path] ?? {}).map(([name, text], index) => {
        const folder = request.embeddedFolder ?? ""
        mkdirSync(folder, { recursive: true })
        const file = join(folder, String(index))
        writeFileSync(file, text)
        return { name, file, sizeBytes: text.length }
      })
      const embeddedFiles = files.map(({ name, sizeBytes }) => ({ name, sizeBytes, mediaType: null, code: null }))
      return { document: cut({ ...document, report: { ...document.report, embeddedFiles } }), embedded: files }
    },
    dispose: async () => undefined,
  }
}

/** A document of pages with a paragraph each. */
export function pagesOf(texts: readonly string[], pages: number = texts.length): ParsedDocument {
  const builder = createTextBuilder()
  for (const [index, text] of texts.entries()) {
    builder.page(index + 1)
    builder.paragraph(text)
  }
  return builder.finish({ title: "Pages", pages })
}

/** A scan: its pages have the text that recognition gave them, and wait for it where it gave none yet. */
export function scanOf(pages: number, recognised: readonly RecognisedPage[] = []): ParsedDocument {
  const builder = createTextBuilder()
  for (let page = 1; page <= pages; page++) {
    builder.page(page)
    const known = recognised.find((one) => one.page === page)
    if (known === undefined) builder.recognise(page)
    else if (known.text === "") builder.weakPage({ page, reason: "no-text", confidence: 0 })
    else {
      builder.paragraph(known.text)
      builder.weakPage({ page, reason: "recognised", confidence: known.confidence })
    }
  }
  return builder.finish({ title: "Scan", pages })
}
