import { useQuery } from "@tanstack/react-query"
import { type ComparedMetric, compareRuns, type EvaluationRun } from "../api/evaluations.ts"
import { useTexts } from "../app/language.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./evaluations.module.css"
import { useFormat } from "./format.ts"

interface RunComparisonProps {
  readonly now: EvaluationRun
  readonly earlier: EvaluationRun
}

/** Metric by metric what is better and what is worse, where the interval of the difference says so. */
export function RunComparisonTable({ now, earlier }: RunComparisonProps) {
  const { shelf } = useTexts()
  const { number, percent } = useFormat()
  const { data, error, refetch } = useQuery({
    queryKey: ["evaluations", now.id, earlier.id],
    queryFn: ({ signal }) => compareRuns(now.id, earlier.id, signal),
    enabled: now.id !== earlier.id,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (now.id === earlier.id) return <p>{shelf.evaluations.same}</p>
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  const count = (wanted: ComparedMetric["verdict"]) => data.metrics.filter(({ verdict }) => verdict === wanted).length
  return (
    <>
      <p>
        {shelf.evaluations.verdict(number(count("better")), number(count("worse")), number(count("undecided")))}{" "}
        {shelf.evaluations.common(
          number(data.questions.search),
          number(data.questions.answers),
          percent(data.confidence),
        )}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keyboard */}
      <section className={styles.wide} tabIndex={0} aria-label={shelf.evaluations.sideBySide}>
        <table>
          <thead>
            <tr>
              <th scope="col">{shelf.evaluations.metric}</th>
              <th scope="col" className={styles.number}>
                {shelf.evaluations.earlier}
              </th>
              <th scope="col" className={styles.number}>
                {shelf.evaluations.now}
              </th>
              <th scope="col" className={styles.number}>
                {shelf.evaluations.change}
              </th>
              <th scope="col">{shelf.evaluations.interval}</th>
              <th scope="col">{shelf.evaluations.says}</th>
            </tr>
          </thead>
          <tbody>
            {data.metrics.map((metric) => (
              <MetricRow key={metric.metric} metric={metric} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function MetricRow({ metric: one }: { readonly metric: ComparedMetric }) {
  const { shelf } = useTexts()
  const { decimals } = useFormat()
  const { metric, earlier, now, difference, low, high, verdict } = one
  const signed = (value: number) => `${value > 0 ? "+" : ""}${decimals(value, 3)}`
  return (
    <tr>
      <th scope="row">{metric}</th>
      <td className={styles.number}>{decimals(earlier, 3)}</td>
      <td className={styles.number}>{decimals(now, 3)}</td>
      <td className={styles.number}>{signed(difference)}</td>
      <td className={styles.interval}>{shelf.evaluations.between(signed(low), signed(high))}</td>
      <td className={styles[verdict]}>{shelf.evaluations.verdicts[verdict]}</td>
    </tr>
  )
}
