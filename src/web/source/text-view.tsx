import { useVirtualizer } from "@tanstack/react-virtual"
import { useEffect, useMemo, useRef } from "react"
import type { Range, TextLayout } from "../../core/types.ts"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { usePageName } from "./page-name.ts"
import { keepInView, type ScrollTarget } from "./scroll-to.ts"
import { groupAt, groupsOf, type TextGroup } from "./text-groups.ts"
import { TextParts } from "./text-parts.tsx"
import styles from "./text-view.module.css"
import { useGroupText } from "./use-source.ts"

interface TextViewProps {
  readonly layout: TextLayout
  readonly mediaType: string
  readonly quote: Range | undefined
  readonly target: ScrollTarget | undefined
  /** Of what scrolls, for those who do not see it. */
  readonly label: string
  readonly onQuoteShown: (mark: HTMLElement) => void
}

/** Pixels that a group takes before it has been measured. */
const LINE_PIXELS = 30
const LINE_CHARACTERS = 75

/** The canonical text of a document of any length: what is seen is fetched and drawn, and nothing else. */
export function TextView({ layout, mediaType, quote, target, label, onQuoteShown }: TextViewProps) {
  const scroller = useRef<HTMLElement>(null)
  const groups = useMemo(() => groupsOf(layout), [layout])
  const virtualizer = useVirtualizer({
    count: groups.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => LINE_PIXELS * Math.ceil(lengthOf(groups[index]) / LINE_CHARACTERS + 1),
    overscan: 2,
  })
  useEffect(() => {
    const element = scroller.current
    if (element === null || target === undefined) return
    virtualizer.scrollToIndex(groupAt(groups, target.offset), { align: "start" })
    const name = target.isQuote ? "mark[data-quote]" : `[data-start="${target.offset}"]`
    return keepInView(element, () => element.querySelector<HTMLElement>(name), {
      block: target.isQuote ? "center" : "start",
      ...(target.isQuote && { onFound: onQuoteShown }),
    })
  }, [target, groups, virtualizer, onQuoteShown])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key
    <section ref={scroller} className={styles.scroller} aria-label={label} tabIndex={0}>
      <div className={styles.column} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const group = groups[index]
          if (group === undefined) return null
          return (
            <div
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              data-page={group.parts[0]?.page ?? undefined}
              className={styles.group}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Group group={group} layout={layout} mediaType={mediaType} quote={quote} />
            </div>
          )
        })}
      </div>
    </section>
  )
}

interface GroupProps extends Pick<TextViewProps, "layout" | "mediaType" | "quote"> {
  readonly group: TextGroup
}

function Group({ group, layout, mediaType, quote }: GroupProps) {
  const pageName = usePageName(mediaType)
  const { text, error, refetch } = useGroupText(layout, group)
  // The title of a sheet is its name already; a document of one page needs no number.
  const isTitled = layout.pages.length < 2 || (group.parts[0]?.type === "heading" && group.page?.label !== null)
  return (
    <>
      {group.page === undefined || isTitled ? null : <p className={styles.page}>{pageName(group.page)}</p>}
      {error !== null ? (
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      ) : text === undefined ? (
        <div className={styles.waiting} style={{ minHeight: (LINE_PIXELS * lengthOf(group)) / LINE_CHARACTERS }}>
          <Loading />
        </div>
      ) : (
        <TextParts parts={group.parts} shown={{ text, start: group.start, quote }} />
      )}
    </>
  )
}

function lengthOf(range: Range | undefined): number {
  return range === undefined ? 0 : range.end - range.start
}
