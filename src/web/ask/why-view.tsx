import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import type { ShownReceipt } from "../../core/receipt.ts"
import { getReceipt } from "../api/answers.ts"
import { useTexts } from "../app/language.tsx"
import { Facts } from "../parts/facts.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { CandidateTable } from "./candidate-table.tsx"
import { ReadPassages } from "./read-passages.tsx"
import { WhyNot } from "./why-not.tsx"
import { Step } from "./why-step.tsx"
import styles from "./why-view.module.css"

/** How an answer came about, from its receipt, in the order in which it happened. */
export function WhyView({ answerId }: { readonly answerId: string }) {
  const { why } = useTexts()
  const { data, error, refetch } = useQuery({
    queryKey: ["receipt", answerId],
    queryFn: ({ signal }) => getReceipt(answerId, { signal }),
  })
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  return (
    <div className={styles.page}>
      <Link href={`/answer/${answerId}`}>← {why.back}</Link>
      <h1>{why.title}</h1>
      <p className={styles.question}>{data.question}</p>
      <ol className={styles.steps}>
        <Understood receipt={data} />
        <Searched receipt={data} />
        <Step title={why.fused} text={why.fusedText}>
          <CandidateTable candidates={data.trace.candidates} sources={data.sources} />
        </Step>
        <Step title={why.read} text={why.readText}>
          <ReadPassages receipt={data} />
        </Step>
        <Written receipt={data} />
        <Given receipt={data} />
      </ol>
      <WhyNot answerId={answerId} />
      <Models receipt={data} />
    </div>
  )
}

interface StepProps {
  readonly receipt: ShownReceipt
}

function Understood({ receipt }: StepProps) {
  const { why } = useTexts()
  const { question, request } = receipt
  const narrowed = Object.entries(request.filters ?? {}).map(([name, value]) => `${name}: ${String(value)}`)
  return (
    <Step title={why.understood}>
      <Facts
        isPlain
        facts={[
          [why.asked, question],
          ...(request.question === question ? [] : [[why.searchedAs, request.question] as const]),
          ...(narrowed.length === 0 ? [] : [[why.filters, narrowed.join(", ")] as const]),
        ]}
      />
      {request.question === question ? <p>{why.asAsked}</p> : null}
    </Step>
  )
}

function Searched({ receipt }: StepProps) {
  const { why } = useTexts()
  const { candidates, timings, degraded } = receipt.trace
  const dense = candidates.filter(({ denseRank }) => denseRank !== null)
  const lexical = candidates.filter(({ lexicalRank }) => lexicalRank !== null)
  const both = dense.filter(({ lexicalRank }) => lexicalRank !== null)
  return (
    <Step title={why.searched}>
      <ul className={styles.lines}>
        <li>{why.embedded(timings.embedMs)}</li>
        <li>{why.byMeaning(dense.length, timings.denseMs)}</li>
        <li>{why.byWords(lexical.length, timings.lexicalMs)}</li>
        <li>{why.inBoth(both.length)}</li>
        {degraded.map((part) => (
          <li key={part}>{why.degraded(part)}</li>
        ))}
      </ul>
      <Facts
        isPlain
        facts={[
          [why.collections, receipt.collections.join(", ")],
          [why.generation, `${receipt.generation}, ${receipt.indexVersion}`],
        ]}
      />
    </Step>
  )
}

function Written({ receipt }: StepProps) {
  const { why } = useTexts()
  const { written, trace } = receipt
  return (
    <Step title={why.written}>
      {trace.opinion === undefined ? null : (
        <p>{`${why.opinion}. ${why.opinionText(trace.opinion.verdicts.length)}`}</p>
      )}
      {written === null ? <p>{why.notWritten}</p> : <blockquote className={styles.written}>{written}</blockquote>}
      {trace.withheld === null ? null : <Facts isPlain facts={[[why.withheld, trace.withheld]]} />}
      {(trace.entailment ?? []).map(({ entailment }, position) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one a sentence, in order
        <p key={position}>{why.entailment(percent(entailment))}</p>
      ))}
    </Step>
  )
}

function Given({ receipt }: StepProps) {
  const { why } = useTexts()
  const { answer, trace } = receipt
  const { timings } = answer
  const confidence = percent(trace.support.confidence)
  return (
    <Step title={why.given}>
      <p>{trace.support.isEnough ? why.enough(confidence) : why.notEnough(confidence)}</p>
      <blockquote className={styles.written}>{answer.text}</blockquote>
      <h3>{why.times}</h3>
      <Facts
        isPlain
        facts={[
          [why.retrieve, why.ms(Math.round(timings.retrieveMs))],
          [why.evidence, why.ms(Math.round(timings.evidenceMs))],
          [why.firstToken, timings.firstTokenMs === null ? "–" : why.ms(Math.round(timings.firstTokenMs))],
          [why.total, why.ms(Math.round(timings.totalMs))],
        ]}
      />
      <h3>{why.sources}</h3>
      <Facts isPlain facts={receipt.sources.map(({ path, state }) => [path, why.states[state]] as const)} />
    </Step>
  )
}

function Models({ receipt }: StepProps) {
  const { why } = useTexts()
  const { generator, reader, embedder, entailment } = receipt.models
  const named = (model: { readonly id: string; readonly sha256: string | null } | null | undefined) =>
    model == null ? why.none : `${model.id}${model.sha256 === null ? "" : ` · ${model.sha256.slice(0, 12)}`}`
  return (
    <section className={styles.models}>
      <h2>{why.models}</h2>
      <Facts
        isPlain
        facts={[
          [why.embedder, named(embedder)],
          [why.readerModel, named(reader)],
          [why.generator, named(generator)],
          [why.entailmentModel, named(entailment)],
          [why.build, receipt.build],
        ]}
      />
    </section>
  )
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
