import { useMemo } from "react"
import type { TextPart } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Marked, type Shown } from "./marked.tsx"
import { type TextRow, tableOf } from "./row-cells.ts"
import styles from "./text-table.module.css"

interface TextTableProps {
  readonly part: TextPart
  readonly shown: Shown
}

/** A table with its head; rows of a sheet carry their numbers. Nothing of the canonical text is left out. */
export function TextTableView({ part, shown }: TextTableProps) {
  const { source } = useTexts()
  const { start, end, rows: numbers, isContinued = false } = part
  const text = shown.text.slice(start - shown.start, end - shown.start)
  const isSheet = numbers !== undefined
  const table = useMemo(() => tableOf(text, { start, isSheet, isContinued }), [text, start, isSheet, isContinued])
  const columns = Math.max(table.names.length, ...[table.head, ...table.rows].map((row) => row?.cells.length ?? 0))
  const before = table.head === undefined ? 0 : 1
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key
    <section className={styles.frame} aria-label={source.table} tabIndex={0} data-start={start}>
      <table className={styles.table}>
        {table.head !== undefined ? (
          <thead>
            <tr>
              {isSheet ? <RowNumber number={numbers[0]} /> : null}
              {table.head.cells.map((cell) => (
                <th key={cell.value.start} scope="col">
                  <Marked shown={shown} range={cell.value} />
                  <Hidden shown={shown} range={cell.separator} />
                </th>
              ))}
            </tr>
          </thead>
        ) : table.names.length > 0 ? (
          <thead>
            <tr>
              {isSheet ? <th scope="col">{source.row}</th> : null}
              {table.names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
        ) : null}
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={row.start} data-start={row.start}>
              {isSheet ? <RowNumber number={numbers[index + before]} /> : null}
              <Cells row={row} shown={shown} columns={columns} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Cells({ row, shown, columns }: { readonly row: TextRow; readonly shown: Shown; readonly columns: number }) {
  const [only] = row.cells
  if (only !== undefined && row.cells.length === 1 && columns > 1) {
    return (
      <td colSpan={columns}>
        <Marked shown={shown} range={row} />
      </td>
    )
  }
  return Array.from({ length: columns }, (_, column) => {
    const cell = row.cells.find((one) => one.column === column)
    if (cell === undefined) return <td key={`empty-${String(column)}`} />
    return (
      <td key={cell.value.start}>
        <Hidden shown={shown} range={cell.name} />
        <Marked shown={shown} range={cell.value} />
        <Hidden shown={shown} range={cell.separator} />
      </td>
    )
  })
}

/** Words that the head of the column says already, and signs between cells: there for those who copy and search. */
function Hidden({ shown, range }: { readonly shown: Shown; readonly range: TextRow["cells"][number]["name"] }) {
  if (range.start === range.end) return null
  return (
    <span className={styles.hidden} aria-hidden="true">
      <Marked shown={shown} range={range} />
    </span>
  )
}

function RowNumber({ number }: { readonly number: number | undefined }) {
  return (
    <th scope="row" className={styles.number}>
      {number}
    </th>
  )
}
