import { useQuery } from "@tanstack/react-query"
import { lazy, Suspense, useId, useMemo, useState } from "react"
import { type EvaluationRun, listRuns } from "../api/evaluations.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./evaluations.module.css"
import { useFormat } from "./format.ts"
import { RunComparisonTable } from "./run-comparison.tsx"
import { type FigureName, figuresOf } from "./run-figures.ts"
import { ShelfPage } from "./shelf-page.tsx"

const EvaluationPlot = lazy(async () => ({ default: (await import("./evaluation-plot.tsx")).EvaluationPlot }))

/** Each line of the table of runs. */
const COLUMNS: readonly FigureName[] = ["ndcg10", "recall10", "f1", "auroc", "searchP50Ms"]

const QUALITY: readonly FigureName[] = ["ndcg10", "recall10", "f1", "auroc"]
const SPEED: readonly FigureName[] = ["searchP50Ms", "searchP95Ms"]

/** Runs of `ibid eval` over time, and two of them side by side. */
export function Evaluations() {
  const { shelf } = useTexts()
  const isAdmin = useSession().role === "admin"
  const { data, error, refetch } = useQuery({
    queryKey: ["evaluations"],
    queryFn: ({ signal }) => listRuns(signal),
    enabled: isAdmin,
  })
  if (!isAdmin) {
    return (
      <ShelfPage title={shelf.evaluations.title}>
        <EmptyState title={shelf.forAdmins} text={shelf.forAdminsText} />
      </ShelfPage>
    )
  }
  return (
    <ShelfPage title={shelf.evaluations.title} lead={shelf.evaluations.lead}>
      {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Loading /> : null}
      {data?.length === 0 ? (
        <EmptyState title={shelf.evaluations.emptyTitle} text={shelf.evaluations.emptyText}>
          <code>{shelf.evaluations.emptyCommand}</code>
        </EmptyState>
      ) : null}
      {data === undefined || data.length === 0 ? null : <Runs all={data} />}
    </ShelfPage>
  )
}

function Runs({ all }: { readonly all: readonly EvaluationRun[] }) {
  const { shelf } = useTexts()
  const id = useId()
  const sets = [...new Set(all.map(({ set }) => set))]
  const [chosen, setChosen] = useState(sets[0] ?? "")
  const runs = useMemo(() => all.filter(({ set }) => set === chosen), [all, chosen])
  const [now, earlier] = [runs[0], runs[1]]
  const [pair, setPair] = useState<readonly [now: string | undefined, earlier: string | undefined]>([
    undefined,
    undefined,
  ])
  const find = (wanted: string | undefined, instead: EvaluationRun | undefined) =>
    runs.find((run) => run.id === wanted) ?? instead
  const [one, other] = [find(pair[0], now), find(pair[1], earlier)]
  return (
    <>
      {sets.length < 2 ? null : (
        <label className={styles.choice} htmlFor={`${id}-set`}>
          {shelf.evaluations.set}
          <select id={`${id}-set`} value={chosen} onChange={({ target }) => setChosen(target.value)}>
            {sets.map((set) => (
              <option key={set}>{set}</option>
            ))}
          </select>
        </label>
      )}
      <section className={styles.section} aria-labelledby={`${id}-plot`}>
        <h2 id={`${id}-plot`}>{shelf.evaluations.overTime(chosen)}</h2>
        <div className={styles.plots}>
          <Suspense fallback={<Loading />}>
            <EvaluationPlot runs={runs} figures={QUALITY} title={shelf.evaluations.quality} />
            <EvaluationPlot runs={runs} figures={SPEED} title={shelf.evaluations.speed} />
          </Suspense>
        </div>
        <RunTable runs={runs} />
      </section>
      <section className={styles.section} aria-labelledby={`${id}-pair`}>
        <h2 id={`${id}-pair`}>{shelf.evaluations.sideBySide}</h2>
        {one === undefined || other === undefined ? (
          <p>{shelf.evaluations.oneRun}</p>
        ) : (
          <>
            <div className={styles.choices}>
              <RunChoice
                label={shelf.evaluations.earlier}
                runs={runs}
                value={other.id}
                onChange={(run) => setPair([one.id, run])}
              />
              <RunChoice
                label={shelf.evaluations.now}
                runs={runs}
                value={one.id}
                onChange={(run) => setPair([run, other.id])}
              />
            </div>
            <RunComparisonTable now={one} earlier={other} />
          </>
        )}
      </section>
    </>
  )
}

function RunChoice(props: {
  readonly label: string
  readonly runs: readonly EvaluationRun[]
  readonly value: string
  readonly onChange: (id: string) => void
}) {
  const { label, runs, value, onChange } = props
  const { dateTime } = useFormat()
  const id = useId()
  return (
    <label className={styles.choice} htmlFor={id}>
      {label}
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        {runs.map((run) => (
          <option key={run.id} value={run.id}>
            {dateTime(run.createdAt)} · {run.build}
          </option>
        ))}
      </select>
    </label>
  )
}

/** The same numbers as the plots, for who reads rather than looks. */
function RunTable({ runs }: { readonly runs: readonly EvaluationRun[] }) {
  const { shelf } = useTexts()
  const { dateTime, decimals } = useFormat()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keyboard
    <section className={styles.wide} tabIndex={0} aria-label={shelf.evaluations.table}>
      <table>
        <thead>
          <tr>
            <th scope="col">{shelf.evaluations.time}</th>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className={styles.number}>
                {shelf.evaluations.figures[name]}
              </th>
            ))}
            <th scope="col">{shelf.evaluations.models}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const figures = figuresOf(run)
            return (
              <tr key={run.id}>
                <th scope="row">{dateTime(run.createdAt)}</th>
                {COLUMNS.map((name) => {
                  const value = figures[name]
                  const digits = name.endsWith("Ms") ? 0 : 3
                  return (
                    <td key={name} className={styles.number}>
                      {value === null ? "–" : decimals(value, digits)}
                    </td>
                  )
                })}
                <td>{[run.models.generator, run.models.reader, run.models.embedder].filter(Boolean).join(", ")}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
