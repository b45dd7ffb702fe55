import { parseFailure } from "./failure.ts"
import { type PptRecord, pptRecordAt, pptRecords, walkPptRecords } from "./ppt-records.ts"

/** A text of a slide or of its notes. */
export interface PptText {
  readonly isTitle: boolean
  readonly isBody: boolean
  readonly text: string
}

export interface PptSlide {
  readonly texts: readonly PptText[]
  readonly notes: readonly PptText[]
  readonly isHidden: boolean
}

/**
 * Slides in their order, as the last save left them: PowerPoint adds changes at the end of the file and keeps what was
 * before. Throws `encrypted`, `broken-file`, `too-deep`.
 */
export function readPptSlides(stream: Buffer, currentUser: Buffer | undefined, path: string): readonly PptSlide[] {
  if (currentUser !== undefined && currentUser.length >= 20 && currentUser.readUInt32LE(12) === ENCRYPTED_MARK) {
    throw parseFailure("encrypted", path)
  }
  const { places, documentId } = readPlaces(stream, currentUser, path)
  const document = pptRecordAt(stream, places.get(documentId) ?? -1)
  if (document?.type !== DOCUMENT) throw parseFailure("broken-file", path)
  const lists = pptRecords(document.content).filter(({ type }) => type === SLIDE_LIST)
  const recordOf = (id: number): PptRecord | undefined => pptRecordAt(stream, places.get(id) ?? -1)
  const notes = new Map<number, readonly PptText[]>()
  for (const { persistId } of lists.filter(({ instance }) => instance === NOTES_LIST).flatMap(readList)) {
    const record = recordOf(persistId)
    if (record?.type !== NOTES) continue
    const atom = pptRecords(record.content).find(({ type }) => type === NOTES_ATOM)
    if (atom !== undefined && atom.content.length >= 4)
      notes.set(atom.content.readUInt32LE(0), drawnTexts(record, [], path))
  }
  return lists
    .filter(({ instance }) => instance === SLIDES_LIST)
    .flatMap(readList)
    .map(({ persistId, slideId, outline }) => {
      const record = recordOf(persistId)
      const isSlide = record?.type === SLIDE
      return {
        texts: isSlide ? drawnTexts(record, outline, path) : outline,
        notes: notes.get(slideId) ?? [],
        isHidden: isSlide && isHiddenSlide(record),
      }
    })
}

// Types of records, MS-PPT 2.13.24, and MS-ODRAW for what is drawn.
const DOCUMENT = 1000
const SLIDE = 1006
const NOTES = 1008
const NOTES_ATOM = 1009
const SLIDE_PERSIST = 1011
const SHOW_INFO = 1017
const OUTLINE_REFERENCE = 3998
const TEXT_HEADER = 3999
const TEXT_CHARACTERS = 4000
const TEXT_BYTES = 4008
const SLIDE_LIST = 4080
const USER_EDIT = 4085
const PERSIST_DIRECTORY = 6002
const TEXT_BOX = 0xf00d
const SLIDES_LIST = 0
const NOTES_LIST = 2
const ENCRYPTED_MARK = 0xf3d1c4df
/** Length of the record of a save that names the key of an encrypted file. */
const ENCRYPTED_EDIT_BYTES = 32
const MOST_SAVES = 10_000

interface Places {
  /** Where the newest version of each object stands, by its id. */
  readonly places: ReadonlyMap<number, number>
  readonly documentId: number
}

/** Goes back from the last save to the first. */
function readPlaces(stream: Buffer, currentUser: Buffer | undefined, path: string): Places {
  const places = new Map<number, number>()
  let documentId = 0
  let at = currentUser !== undefined && currentUser.length >= 20 ? currentUser.readUInt32LE(16) : -1
  const seen = new Set<number>()
  while (!seen.has(at) && seen.size < MOST_SAVES) {
    seen.add(at)
    const edit = pptRecordAt(stream, at)
    if (edit?.type !== USER_EDIT || edit.content.length < 20) break
    if (edit.content.length >= ENCRYPTED_EDIT_BYTES) throw parseFailure("encrypted", path)
    if (documentId === 0) documentId = edit.content.readUInt32LE(16)
    const directory = pptRecordAt(stream, edit.content.readUInt32LE(12))
    if (directory?.type === PERSIST_DIRECTORY) addPlaces(directory.content, places)
    at = edit.content.readUInt32LE(8)
    if (at === 0) break
  }
  return { places, documentId }
}

function addPlaces(content: Buffer, places: Map<number, number>): void {
  for (let at = 0; at + 4 <= content.length; ) {
    const head = content.readUInt32LE(at)
    const first = head & 0xfffff
    const count = head >>> 20
    at += 4
    for (let index = 0; index < count && at + 4 <= content.length; index++, at += 4) {
      if (!places.has(first + index)) places.set(first + index, content.readUInt32LE(at))
    }
  }
}

interface ListedSlide {
  readonly persistId: number
  readonly slideId: number
  readonly outline: readonly PptText[]
}

/** Slides of a list, each with its texts of the outline. */
function readList(list: PptRecord): readonly ListedSlide[] {
  const slides: { persistId: number; slideId: number; records: PptRecord[] }[] = []
  for (const record of pptRecords(list.content)) {
    if (record.type === SLIDE_PERSIST && record.content.length >= 16) {
      slides.push({ persistId: record.content.readUInt32LE(0), slideId: record.content.readUInt32LE(12), records: [] })
    } else slides.at(-1)?.records.push(record)
  }
  return slides.map(({ records, ...slide }) => ({ ...slide, outline: textsOf(records) }))
}

/** Texts in the order of the shapes; a shape may refer to a text of the outline by its number. */
function drawnTexts(slide: PptRecord, outline: readonly PptText[], path: string): readonly PptText[] {
  const texts: PptText[] = []
  walkPptRecords(slide, path, (record) => {
    if (record.type !== TEXT_BOX) return true
    const records = pptRecords(record.content)
    const reference = records.find(({ type }) => type === OUTLINE_REFERENCE)
    const text =
      reference === undefined || reference.content.length < 4 ? undefined : outline[reference.content.readUInt32LE(0)]
    texts.push(...(text === undefined ? textsOf(records) : [text]))
    return false
  })
  return texts
}

function textsOf(records: readonly PptRecord[]): PptText[] {
  const texts: PptText[] = []
  let kind = OTHER_TEXT
  let isOpen = false
  // A header without text counts: references go by the number of the header.
  const end = (): void => {
    if (isOpen) texts.push({ isTitle: TITLES.has(kind), isBody: BODIES.has(kind), text: "" })
    isOpen = false
  }
  for (const { type, content } of records) {
    if (type === TEXT_HEADER && content.length >= 4) {
      end()
      kind = content.readUInt32LE(0)
      isOpen = true
    } else if (type === TEXT_CHARACTERS || type === TEXT_BYTES) {
      const text = content.toString(type === TEXT_CHARACTERS ? "utf16le" : "latin1").replaceAll("\v", "\n")
      texts.push({ isTitle: TITLES.has(kind), isBody: BODIES.has(kind), text: text.replaceAll("\r", "\n") })
      isOpen = false
    }
  }
  end()
  return texts
}

// Kinds of texts, MS-PPT 2.13.33.
const OTHER_TEXT = 4
const TITLES: ReadonlySet<number> = new Set([0, 6])
const BODIES: ReadonlySet<number> = new Set([1, 5, 7, 8])

function isHiddenSlide(slide: PptRecord): boolean {
  const info = pptRecords(slide.content).find(({ type }) => type === SHOW_INFO)
  return info !== undefined && info.content.length >= 12 && (info.content.readUInt16LE(10) & 4) !== 0
}
