import type { Virtualizer } from "@tanstack/react-virtual"
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react"

const PAGE_ROWS = 10

/** Arrows, j and k, Page, Home and End go from row to row; one row alone is reached by Tab. */
export function useListKeys({
  count,
  scroller,
  virtualizer,
}: {
  readonly count: number
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>
}) {
  const [active, setActive] = useState(0)
  const isMoving = useRef(false)
  // the row may have to be drawn first
  useEffect(() => {
    if (!isMoving.current) return
    const link = scroller.current?.querySelector<HTMLElement>(`[data-row="${active}"] a`)
    if (link === null || link === undefined) return
    isMoving.current = false
    link.focus({ preventScroll: true })
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const to = targetOf(event.key, active, count)
    if (to === undefined) return
    event.preventDefault()
    isMoving.current = true
    virtualizer.scrollToIndex(to)
    setActive(to)
  }
  return { active: Math.min(active, Math.max(0, count - 1)), onKeyDown, onFocusRow: useCallback(setActive, []) }
}

function targetOf(key: string, active: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS },
    ...{ Home: -count, End: count },
  }
  const step = steps[key]
  return step === undefined || count === 0 ? undefined : Math.min(Math.max(active + step, 0), count - 1)
}
