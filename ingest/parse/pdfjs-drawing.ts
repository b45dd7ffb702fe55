import { isOutOfMemory } from "./failure.ts"

/** What drawing a page does, step by step. */
export interface PdfOperatorList {
  readonly fnArray: readonly number[]
  readonly argsArray: readonly (readonly unknown[] | null)[]
}

export interface PdfDrawing {
  /** Absent for a drawing that cannot be followed. */
  readonly list?: PdfOperatorList
  /** It has no end: whoever draws the page draws for ever. */
  readonly isEndless: boolean
}

/** A page whose forms call each other draws for ever; the densest maps stay below. */
const MOST_OPERATORS = 300_000
/** Between two pieces of a drawing, of a thousand operators each; the busiest of hundreds of real pages takes 832 in all. */
const MOST_STEPS = 4000
const NO_ANNOTATIONS = 0

/** What is being drawn: one page at a time, as everything in the parser process. */
const drawn: { stream: unknown; operators: number; steps: number } = { stream: undefined, operators: 0, steps: 0 }

/**
 * The list of what drawing a page does. A page whose forms and patterns call each other has no end, and pdf.js does all of
 * it without a moment for timers or messages. It asks for the time at each step; that is where it is stopped.
 */
export async function drawingOf(page: {
  getOperatorList(options?: object): Promise<PdfOperatorList>
}): Promise<PdfDrawing> {
  const { now } = Date
  drawn.steps = 0
  let isEndless = false
  Date.now = () => {
    if (drawn.steps++ < MOST_STEPS) return now()
    isEndless = true
    throw new RangeError("The page draws without an end")
  }
  try {
    const list = await page.getOperatorList({ annotationMode: NO_ANNOTATIONS })
    return isEndless ? { isEndless } : { list, isEndless }
  } catch (thrown) {
    if (isOutOfMemory(thrown)) throw thrown
    return { isEndless }
  } finally {
    Date.now = now
  }
}

/** Counts the operators of a page as pdf.js sends its drawing piece by piece; what is thrown ends the drawing. */
export function boundDrawing(message: unknown): void {
  const { chunk, streamId } = message as { readonly chunk?: { readonly fnArray?: unknown } | null; streamId?: unknown }
  if (!Array.isArray(chunk?.fnArray)) return
  if (drawn.stream !== streamId) Object.assign(drawn, { stream: streamId, operators: 0 })
  drawn.steps = 0
  drawn.operators += chunk.fnArray.length
  if (drawn.operators > MOST_OPERATORS) throw new RangeError("The page draws too much")
}
