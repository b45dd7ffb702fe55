import { oleContainer } from "./ole-streams.ts"

interface SlideSource {
  readonly title?: string
  /** Paragraphs of the body, kept in the outline; the slide refers to them. */
  readonly body?: readonly string[]
  /** A text box that the slide alone has. */
  readonly drawn?: string
  readonly notes?: string
  readonly isHidden?: boolean
}

interface PresentationOptions {
  /** Slides that a later save has put in the place of those with the same number, from 1. */
  readonly resaved?: Readonly<Record<number, SlideSource>>
  readonly isEncrypted?: boolean
  /** The first save names itself as the one before it. */
  readonly isCircular?: boolean
}

const [SLIDES, NOTES] = [0, 2]

/** A PowerPoint presentation of before 2007, MS-PPT: objects by number, and a directory of their places for each save. */
export function ppt(slides: readonly SlideSource[], options: PresentationOptions = {}): Buffer {
  const noted = [...slides.entries()].filter(([, slide]) => slide.notes !== undefined)
  const notesId = (order: number): number => slides.length + 2 + order
  const document = container(1000, [
    container(
      4080,
      slides.flatMap((slide, index) => listed(index + 2, 256 + index, outlineOf(slide))),
      SLIDES,
    ),
    container(
      4080,
      noted.flatMap(([index], order) => listed(notesId(order), 256 + index, [])),
      NOTES,
    ),
  ])
  const objects: Buffer[] = [
    ...[document, ...slides.map(drawSlide)],
    ...noted.map(([index, { notes = "" }]) =>
      container(1008, [atom(1009, numbers(256 + index, 0)), drawing([text(2, notes)])]),
    ),
  ]
  const pieces: Buffer[] = []
  let length = 0
  const append = (bytes: Buffer): number => {
    pieces.push(bytes)
    length += bytes.length
    return length - bytes.length
  }
  const save = (places: readonly (readonly [id: number, at: number])[], before: number): number => {
    const directory = append(atom(6002, Buffer.concat(places.map(([id, at]) => numbers((1 << 20) | id, at)))))
    const isFirst = before === 0 && options.isCircular === true
    return append(atom(4085, numbers(0, 0, isFirst ? length : before, directory, 1, 0, 0)))
  }
  let edit = save(
    objects.map((object, index) => [index + 1, append(object)] as const),
    0,
  )
  const resaved = Object.entries(options.resaved ?? {})
  if (resaved.length > 0)
    edit = save(
      resaved.map(([number, slide]) => [Number(number) + 1, append(drawSlide(slide))]),
      edit,
    )
  const mark = options.isEncrypted === true ? 0xf3d1c4df : 0xe391c05f
  return oleContainer({
    "/PowerPoint Document": Buffer.concat(pieces),
    "/Current User": Buffer.concat([numbers(0x0ff60000, 20, 20, mark, edit), Buffer.alloc(12)]),
  })
}

const outlineOf = ({ title, body }: SlideSource): Buffer[] => [
  ...(title === undefined ? [] : text(0, title)),
  ...(body === undefined ? [] : text(1, body.join("\r"))),
]

/** What is drawn refers to the texts of the outline by their order. */
function drawSlide({ title, body, drawn, isHidden = false }: SlideSource): Buffer {
  const references = [title, body].filter((one) => one !== undefined).map((_, order) => [atom(3998, numbers(order))])
  const info = Buffer.alloc(16)
  info.writeUInt16LE(isHidden ? 4 : 0, 10)
  return container(1006, [atom(1017, info), drawing([...references, ...(drawn === undefined ? [] : [text(4, drawn)])])])
}

function drawing(boxes: readonly (readonly Buffer[])[]): Buffer {
  return container(1036, [
    container(
      0xf002,
      boxes.map((box) => container(0xf004, [container(0xf00d, box)])),
    ),
  ])
}

function listed(persistId: number, slideId: number, texts: readonly Buffer[]): Buffer[] {
  return [atom(1011, numbers(persistId, 0, texts.length / 2, slideId, 0)), ...texts]
}

/** Latin letters are kept in one byte, all others in two. */
function text(kind: number, content: string): Buffer[] {
  const isNarrow = /^[\x20-\xff\r]*$/.test(content)
  return [
    atom(3999, numbers(kind)),
    atom(isNarrow ? 4008 : 4000, Buffer.from(content, isNarrow ? "latin1" : "utf16le")),
  ]
}

function container(type: number, content: readonly Buffer[], instance = 0): Buffer {
  return record(type, Buffer.concat(content), (instance << 4) | 0xf)
}

function atom(type: number, content: Buffer): Buffer {
  return record(type, content, 0)
}

function record(type: number, content: Buffer, head: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(head, 0)
  bytes.writeUInt16LE(type, 2)
  bytes.writeUInt32LE(content.length, 4)
  return Buffer.concat([bytes, content])
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4)
  return bytes
}
