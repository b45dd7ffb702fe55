import { useVirtualizer } from "@tanstack/react-virtual"
import { useMemo, useRef } from "react"
import type { TextLayout } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { usePageName } from "./page-name.ts"
import styles from "./place-list.module.css"
import { placesOf } from "./places.ts"

interface PlaceListProps {
  readonly id: string
  readonly layout: TextLayout
  readonly mediaType: string
  readonly current: number | undefined
  readonly onGo: (offset: number) => void
}

const ROW_PIXELS = 36
const TALL_ROW_PIXELS = 44

/** The table of places: headings, pages, slides, sheets. As long as the document has them. */
export function PlaceList({ id, layout, mediaType, current, onGo }: PlaceListProps) {
  const { source } = useTexts()
  const pageName = usePageName(mediaType)
  const places = useMemo(() => placesOf(layout), [layout])
  const scroller = useRef<HTMLElement>(null)
  const virtualizer = useVirtualizer({
    count: places.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (window.matchMedia("(pointer: coarse)").matches ? TALL_ROW_PIXELS : ROW_PIXELS),
    overscan: 10,
  })
  return (
    <nav ref={scroller} id={id} className={styles.places} aria-label={source.places}>
      <ol style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start, size }) => {
          const place = places[index]
          if (place === undefined) return null
          return (
            <li
              key={key}
              aria-setsize={places.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)`, height: size }}
            >
              <button
                type="button"
                data-depth={place.depth}
                aria-current={place.start === current ? "location" : undefined}
                title={place.title}
                onClick={() => onGo(place.start)}
              >
                {place.title ?? pageName(place.page)}
              </button>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
