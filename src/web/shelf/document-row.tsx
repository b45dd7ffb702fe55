import { type CSSProperties, memo } from "react"
import type { DocumentSummary } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import styles from "./document-list.module.css"
import { useFormat } from "./format.ts"
import { StateMark } from "./state-mark.tsx"

interface DocumentRowProps {
  /** Undefined while it is on its way. */
  readonly document: DocumentSummary | undefined
  readonly rowIndex: number
  /** The one that the Tab key goes to. */
  readonly isActive: boolean
  readonly onFocus: (index: number) => void
  readonly style: CSSProperties
}

/** One document in a line; scrolling draws the same rows again, so only what has changed is drawn anew. */
export const DocumentRow = memo(drawRow, (former, next) => {
  const isSamePlace = former.style.top === next.style.top && former.style.height === next.style.height
  return isSamePlace && former.document === next.document && former.isActive === next.isActive
})

function drawRow({ document, rowIndex, isActive, onFocus, style }: DocumentRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of a table that is not drawn whole
    // biome-ignore lint/a11y/useFocusableInteractive: the link in it takes the focus
    <div role="row" aria-rowindex={rowIndex + 2} className={styles.row} style={style} data-row={rowIndex}>
      {document === undefined ? (
        // biome-ignore lint/a11y/useSemanticElements: as above
        <span role="cell" className={styles.coming} />
      ) : (
        <Cells document={document} isActive={isActive} onFocus={() => onFocus(rowIndex)} />
      )}
    </div>
  )
}

function Cells({
  document: { id, title, path, state, code, pages, chunks, sizeBytes, collection, indexedAt, modifiedAt, isComplete },
  isActive,
  onFocus,
}: {
  readonly document: DocumentSummary
  readonly isActive: boolean
  readonly onFocus: () => void
}) {
  const { shelf } = useTexts()
  const { number, bytes, ago } = useFormat()
  const failure = code === null ? undefined : shelf.failures[code as keyof typeof shelf.failures]
  const stateText =
    state === "failed" ? (failure?.what ?? shelf.states.failed) : isComplete ? undefined : shelf.documents.beginning
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ""
  const name = path.slice(path.lastIndexOf("/") + 1)
  const cell = (content: string, kind: string | undefined) => (
    // biome-ignore lint/a11y/useSemanticElements: a cell of a table that is not drawn whole
    <span role="cell" className={kind}>
      {content}
    </span>
  )
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <span role="cell" className={styles.name}>
        <a href={`#/documents/${encodeURIComponent(id)}`} tabIndex={isActive ? 0 : -1} onFocus={onFocus} title={path}>
          {title === path ? name : title}
        </a>
        <span className={styles.path}>{title === path ? folder : path}</span>
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <span role="cell" className={styles.state}>
        <StateMark state={state} {...(stateText === undefined ? {} : { text: stateText })} />
      </span>
      {cell(pages === null ? "–" : number(pages), styles.number)}
      {cell(number(chunks), styles.number)}
      {cell(bytes(sizeBytes), styles.number)}
      {cell(collection, styles.collection)}
      {cell(ago(indexedAt ?? modifiedAt), styles.time)}
    </>
  )
}
