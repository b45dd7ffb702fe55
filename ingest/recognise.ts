import { existsSync } from "node:fs"
import { mkdtemp, rm, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { IbidError } from "../src/core/errors.ts"
import { type OcrBlock, readableText } from "./ocr-text.ts"
import type { Picture } from "./parse/picture.ts"

export interface Recogniser {
  /** Confidence 0 to 100; an empty text where nothing readable stands. */
  recognise(picture: Picture): Promise<{ readonly text: string; readonly confidence: number }>
  dispose(): Promise<void>
}

/**
 * Tesseract's LSTM engine in one thread, its language data from the disk alone. Throws `model-missing` with the command
 * that brings the data of a language.
 */
export async function createRecogniser(options: {
  readonly languages: readonly string[]
  readonly languageFolders: readonly string[]
}): Promise<Recogniser> {
  const files = options.languages.map((language) => languageFile(language, options.languageFolders))
  const { createWorker, OEM } = await import("tesseract.js")
  // The engine takes one folder only, and a missing file would make it ask a server.
  const folder = await mkdtemp(join(tmpdir(), "ibid-ocr-"))
  try {
    for (const [index, file] of files.entries()) {
      await symlink(file, join(folder, `${options.languages[index]}.traineddata.gz`))
    }
    const worker = await createWorker([...options.languages], OEM.LSTM_ONLY, {
      langPath: folder,
      gzip: true,
      cacheMethod: "none",
      errorHandler: () => undefined, // The promise of the job carries the error; the default throws it a second time.
    })
    return {
      async recognise(picture) {
        const { data } = await worker.recognize(portableGreyMap(picture), { rotateAuto: true }, { blocks: true })
        return readableText((data.blocks ?? []) as readonly OcrBlock[])
      },
      dispose: async () => void (await worker.terminate()),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function languageFile(language: string, folders: readonly string[]): string {
  if (!/^[A-Za-z_]{2,20}$/.test(language)) throw new RangeError(`No language code: ${JSON.stringify(language)}`)
  const require = createRequire(import.meta.url)
  const bundled = join(dirname(require.resolve("@tesseract.js-data/eng/package.json")), "4.0.0_best_int")
  const files = [...folders, bundled].map((folder) => join(folder, `${language}.traineddata.gz`))
  const file = files.find((one) => existsSync(one))
  if (file === undefined) {
    const message = `Cannot recognise text: the data of the language ${JSON.stringify(language)} is not installed`
    throw new IbidError("model-missing", message, { context: { language } })
  }
  return file
}

/** The simplest format that the engine reads: no time goes into packing and unpacking. */
function portableGreyMap({ width, height, grey }: Picture): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`, "latin1"), grey])
}
