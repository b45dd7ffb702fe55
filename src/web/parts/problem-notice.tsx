import { ApiProblem } from "../api/request.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "./button.tsx"
import { Notice } from "./notice.tsx"

interface ProblemNoticeProps {
  readonly error: unknown
  readonly onRetry?: () => void
}

/** A failure in the reader's language, with what to do next; the server's own sentence where there is no better one. */
export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  const { problems } = useTexts()
  const problem = error instanceof ApiProblem ? error : undefined
  const known: { readonly title: string; readonly next: string } | undefined =
    problem !== undefined && Object.hasOwn(problems.byCode, problem.code)
      ? problems.byCode[problem.code as keyof typeof problems.byCode]
      : undefined
  return (
    <Notice tone="bad" title={known?.title ?? problems.unknownTitle}>
      <p>{known?.next ?? problem?.detail ?? problems.unknownText}</p>
      {problem?.requestId === undefined ? null : <p>{problems.requestId(problem.requestId)}</p>}
      {onRetry === undefined ? null : <Button onClick={onRetry}>{problems.retry}</Button>}
    </Notice>
  )
}
