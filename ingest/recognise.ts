import { existsSync } from "node:fs"
import { mkdtemp, rm, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { IbidError } from "../src/core/errors.ts"
import { type OcrBlock, type OcrText, readableText } from "./ocr-text.ts"
import { type Picture, transformPicture } from "./parse/picture.ts"

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
    await worker.setParameters(PARAMETERS as object)
    const read = async (picture: Picture): Promise<OcrText> => {
      const { data } = await worker.recognize(portableGreyMap(picture), { rotateAuto: true }, { blocks: true })
      return readableText((data.blocks ?? []) as readonly OcrBlock[])
    }
    return {
      async recognise(picture) {
        const { text, confidence } = await readWell(picture, read)
        return { text, confidence }
      },
      dispose: async () => void (await worker.terminate()),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const PARAMETERS = {
  /** Columns, headings and tables are found by the engine; left alone it takes the page for one block. */
  tessedit_pageseg_mode: "3",
  /** Sauvola's local threshold: type on a grey ground stays apart from it. */
  thresholding_method: "2",
  /** The engine writes its remarks there instead of to our log. */
  debug_file: "/dev/null",
}

/** Words this high, in pixels, are read best; outside of the range a second reading at another size pays. */
const BEST_WORD_HEIGHT = 30
const GOOD_WORD_HEIGHTS = [16, 52] as const
/** Text that lies on its side is read as nonsense of that confidence at most. */
const TURNED_CONFIDENCE = 55

/** One reading as a rule; type of an odd size is read again at a better one, nonsense is turned. */
async function readWell(picture: Picture, read: (picture: Picture) => Promise<OcrText>): Promise<OcrText> {
  let best = await read(picture)
  if (best.wordHeight === 0) return best
  const [low, high] = GOOD_WORD_HEIGHTS
  if (best.wordHeight < low || best.wordHeight > high) {
    const scale = Math.min(2, Math.max(0.2, BEST_WORD_HEIGHT / best.wordHeight))
    best = better(best, await read(await transformPicture(picture, { scale })))
  }
  for (const turn of [90, 270, 180] as const) {
    if (best.confidence >= TURNED_CONFIDENCE) break
    best = better(best, await read(await transformPicture(picture, { turn })))
  }
  return best
}

function better(one: OcrText, other: OcrText): OcrText {
  return other.sureCharacters > one.sureCharacters ? other : one
}

function languageFile(language: string, folders: readonly string[]): string {
  if (!/^[A-Za-z_]{2,20}$/.test(language)) throw new RangeError(`No language code: ${JSON.stringify(language)}`)
  const require = createRequire(import.meta.url)
  const bundled = join(dirname(require.resolve("@tesseract.js-data/eng/package.json")), "4.0.0_best_int")
  const files = [...folders, bundled].map((folder) => join(folder, `${language}.traineddata.gz`))
  const file = files.find((one) => existsSync(one))
  if (file === undefined) {
    const state = `the data of the language ${JSON.stringify(language)} is not installed`
    const help = `get it with "ibid models pull ocr-${language}"`
    const message = `Cannot recognise text: ${state}; ${help}, or put ${language}.traineddata.gz into the folder tessdata of the models`
    throw new IbidError("model-missing", message, { context: { language } })
  }
  return file
}

/** The simplest format that the engine reads: no time goes into packing and unpacking. */
function portableGreyMap({ width, height, grey }: Picture): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`, "latin1"), grey])
}
