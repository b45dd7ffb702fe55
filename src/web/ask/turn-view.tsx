import { useEffect, useId, useRef } from "react"
import { useTexts } from "../app/language.tsx"
import { Notice } from "../parts/notice.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { useOpenSource } from "./open-source.ts"
import { PassageList } from "./passage-list.tsx"
import { QuoteCard } from "./quote-card.tsx"
import { generalWarnings, type Quote, quotesOf } from "./quotes.ts"
import type { Turn } from "./turn.ts"
import { TurnActions } from "./turn-actions.tsx"
import styles from "./turn-view.module.css"
import { Waiting } from "./waiting.tsx"
import { WrittenAnswer } from "./written-answer.tsx"

const WITHHELD = "sentence-withheld"

interface TurnViewProps {
  readonly turn: Turn
  readonly onAskAgain: () => void
}

/** One question: its quotes as soon as they are found, what was written beneath, and what can be done with it. */
export function TurnView({ turn, onAskAgain }: TurnViewProps) {
  const { ask } = useTexts()
  const id = useId()
  const { place, show } = useOpenSource()
  const quotes = quotesOf(turn)
  useEvidenceTime(turn)
  const open = (quote: Quote) => show(quote)
  const isOpen = (quote: Quote) =>
    place !== null && place.documentId === quote.documentId && place.start === quote.start && place.end === quote.end

  return (
    <article className={styles.turn} aria-labelledby={id} aria-busy={turn.status === "asking"}>
      <h2 id={id} className={styles.question}>
        {turn.asked.question}
      </h2>
      {quotes.length === 0 ? null : (
        <section aria-label={turn.answer?.status === "abstained" ? ask.closestQuotes : ask.quotes}>
          <ul className={styles.quotes}>
            {quotes.map((quote, position) => (
              <QuoteCard
                key={`${quote.documentId} ${quote.start}`}
                quote={quote}
                isBest={position === 0}
                isOpen={isOpen(quote)}
                onOpen={() => open(quote)}
              />
            ))}
          </ul>
        </section>
      )}
      <div className={styles.answer}>
        <Verdict turn={turn} quotes={quotes} onOpen={open} onAskAgain={onAskAgain} />
      </div>
      {turn.status === "asking" ? null : (
        <>
          <TurnActions turn={turn} quotes={quotes} onAskAgain={onAskAgain} />
          <PassageList passages={turn.passages} onOpen={show} />
        </>
      )}
      <p className={styles.spoken} role="status">
        {spokenState(turn, quotes.length, ask)}
      </p>
    </article>
  )
}

interface VerdictProps extends TurnViewProps {
  readonly quotes: readonly Quote[]
  readonly onOpen: (quote: Quote) => void
}

/** What has become of the question so far. */
function Verdict({ turn, quotes, onOpen, onAskAgain }: VerdictProps) {
  const { ask } = useTexts()
  const { answer, status, text } = turn
  if (status === "failed") return <ProblemNotice error={turn.error} onRetry={onAskAgain} />
  if (status === "stopped") {
    return (
      <Notice tone="info" title={ask.stoppedTitle}>
        <p>{ask.stoppedText}</p>
      </Notice>
    )
  }
  if (answer === null && text === "") return <Waiting hasEvidence={turn.evidence !== null} />
  if (answer?.status === "abstained") {
    return (
      <div className={styles.abstained}>
        <p className={styles.abstainedTitle}>{ask.abstained}</p>
        <p>{ask.reasons[answer.reason ?? "no-match"]}</p>
        <p>{ask.abstainedNext}</p>
        <Warnings turn={turn} />
      </div>
    )
  }
  return (
    <>
      {answer?.mode === "extractive" ? (
        <p className={styles.extractive}>
          {turn.warnings.some(({ code }) => code === WITHHELD) ? ask.extractiveInstead : ask.extractive}
        </p>
      ) : (
        <WrittenAnswer text={text} quotes={quotes} onOpen={onOpen} />
      )}
      <Warnings turn={turn} />
    </>
  )
}

function Warnings({ turn }: { readonly turn: Turn }) {
  const { ask } = useTexts()
  // of a sentence that was left out, the line above says so, and the trace says why
  const warnings = generalWarnings(turn).filter(({ code }) => code !== WITHHELD || turn.answer?.mode !== "extractive")
  return warnings.map(({ code, message }) => (
    <Notice
      key={`${code} ${message}`}
      tone="warn"
      {...(Object.hasOwn(ask.warnings, code) ? { title: ask.warnings[code as keyof typeof ask.warnings] } : {})}
    >
      <p>{message}</p>
    </Notice>
  ))
}

/** Said to who does not see it: each state once, never the text as it grows. */
function spokenState(turn: Turn, quotes: number, ask: ReturnType<typeof useTexts>["ask"]): string {
  if (turn.status === "failed") return ask.spoken.failed
  if (turn.status === "stopped") return ask.stoppedTitle
  if (turn.answer !== null) return turn.answer.status === "abstained" ? ask.abstained : ask.spoken.answered
  return turn.evidence === null ? ask.searching : ask.spoken.found(quotes)
}

/** The time from Enter until evidence is on the screen, where tools and tests of the browser find it. */
function useEvidenceTime({ evidence, answer }: Turn): void {
  const isMeasured = useRef(answer !== null)
  useEffect(() => {
    if (evidence === null || isMeasured.current) return
    isMeasured.current = true
    requestAnimationFrame(() => {
      if (performance.getEntriesByName("ibid-asked").length > 0) performance.measure("ibid-evidence", "ibid-asked")
    })
  }, [evidence])
}
