/** What a view is asked to show: a place of the text, or the quote that begins there. */
export interface ScrollTarget {
  readonly offset: number
  readonly isQuote: boolean
  /** Another number each time, so that the same place can be asked for again. */
  readonly request: number
}

/** Texts, pages and fonts that come late move what stands below them. */
const QUIET_MS = 2_000
const MOST_MS = 12_000

/**
 * Brings an element into view as soon as it is there and keeps it there while what stands above it still grows: until
 * nothing has moved for a while, or the reader scrolls. Returns how to stop.
 */
export function keepInView(
  scroller: HTMLElement,
  find: () => HTMLElement | null,
  options: { readonly block: "center" | "start"; readonly onFound?: (element: HTMLElement) => void },
): () => void {
  const begun = performance.now()
  let movedAt = begun
  let frame = 0
  let found: HTMLElement | undefined
  const stop = () => {
    cancelAnimationFrame(frame)
    for (const event of ENDING_EVENTS) scroller.removeEventListener(event, stop)
  }
  const step = () => {
    const element = find()
    if (element !== null) {
      const before = scroller.scrollTop
      bring(element, scroller, options.block)
      if (element !== found || Math.abs(scroller.scrollTop - before) >= 1) movedAt = performance.now()
      if (element !== found) options.onFound?.(element)
      found = element
    }
    const now = performance.now()
    const isSettled = found !== undefined && now - movedAt > QUIET_MS
    if (!isSettled && now - begun < MOST_MS) frame = requestAnimationFrame(step)
    else stop()
  }
  for (const event of ENDING_EVENTS) scroller.addEventListener(event, stop, { passive: true })
  frame = requestAnimationFrame(step)
  return stop
}

/** Moves what scrolls around the element, and nothing outside: the page itself stays where it is. */
function bring(element: HTMLElement, scroller: HTMLElement, block: "center" | "start"): void {
  for (let outer = element.parentElement; outer !== null; outer = outer === scroller ? null : outer.parentElement) {
    const [box, frame] = [element.getBoundingClientRect(), outer.getBoundingClientRect()]
    if (outer.scrollWidth > outer.clientWidth) {
      if (box.left < frame.left + EDGE_PIXELS) outer.scrollLeft -= frame.left + EDGE_PIXELS - box.left
      else if (box.right > frame.right - EDGE_PIXELS) {
        outer.scrollLeft += Math.min(box.right - frame.right, box.left - frame.left) + EDGE_PIXELS
      }
    }
    if (outer !== scroller) continue
    const room = block === "center" ? Math.max(0, (frame.height - box.height) / 3) : 0
    outer.scrollTop += box.top - frame.top - room
  }
}

const EDGE_PIXELS = 16
const ENDING_EVENTS = ["wheel", "touchstart", "pointerdown", "keydown"] as const
