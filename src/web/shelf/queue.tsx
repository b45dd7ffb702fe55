import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "wouter"
import type { Job } from "../../core/types.ts"
import { cancelJob, listJobs, retryDocument } from "../api/catalogue.ts"
import { getSystem } from "../api/service.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { Button } from "../parts/button.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Icon } from "../parts/icon.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { useFormat } from "./format.ts"
import { PauseNotice } from "./pause-notice.tsx"
import styles from "./queue.module.css"
import { ShelfPage } from "./shelf-page.tsx"
import { StateMark } from "./state-mark.tsx"

const WORKING_MS = 1_500
const IDLE_MS = 10_000
const JOBS_A_PAGE = 50

/** What waits, what is being read, and what has ended. */
export function Queue() {
  const { shelf } = useTexts()
  const { number } = useFormat()
  const { data: system } = useQuery({
    queryKey: ["system"],
    queryFn: ({ signal }) => getSystem(signal),
    refetchInterval: IDLE_MS,
  })
  const waiting = system?.readiness.ingestion
  return (
    <ShelfPage
      title={shelf.queue.title}
      lead={
        waiting === undefined
          ? " "
          : waiting.queued + waiting.toRecognise === 0
            ? shelf.queue.idle
            : shelf.queue.lead(number(waiting.queued), number(waiting.toRecognise))
      }
    >
      {waiting === undefined ? null : <PauseNotice ingestion={waiting} />}
      <Jobs title={shelf.queue.now} isUnfinished />
      <Jobs title={shelf.queue.before} isUnfinished={false} />
    </ShelfPage>
  )
}

function Jobs({ title, isUnfinished }: { readonly title: string; readonly isUnfinished: boolean }) {
  const { shelf } = useTexts()
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["jobs", { isUnfinished }],
    queryFn: ({ pageParam, signal }) => listJobs({ isUnfinished, limit: JOBS_A_PAGE }, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.data.length === 0 ? IDLE_MS : WORKING_MS * 2),
  })
  const all = data?.pages.flatMap((page) => page.data)
  const jobs = isUnfinished ? all : all?.filter(({ state }) => state === "indexed" || state === "failed")
  if (isUnfinished && jobs?.length === 0) return null
  const id = isUnfinished ? "jobs-now" : "jobs-before"
  return (
    <section aria-labelledby={id} className={styles.section}>
      <h2 id={id}>{title}</h2>
      {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {jobs === undefined && error === null ? <Loading /> : null}
      {jobs?.length === 0 ? <EmptyState title={shelf.queue.emptyTitle} text={shelf.queue.emptyText} /> : null}
      <ul className={styles.jobs}>
        {jobs?.map((job) => (
          <JobLine key={job.id} job={job} />
        ))}
      </ul>
      {hasNextPage ? (
        <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {shelf.queue.more}
        </Button>
      ) : null}
    </section>
  )
}

function JobLine({ job }: { readonly job: Job }) {
  const { shelf } = useTexts()
  const { ago, number } = useFormat()
  const isAdmin = useSession().role === "admin"
  const { id, documentId, path, kind, state, code, message, attempts, updatedAt } = job
  const client = useQueryClient()
  const settle = async () => {
    await client.invalidateQueries({ queryKey: ["jobs"] })
    await client.invalidateQueries({ queryKey: ["documents"] })
  }
  const cancel = useMutation({ mutationFn: () => cancelJob(id), onSettled: settle })
  const retry = useMutation({ mutationFn: () => retryDocument(documentId), onSettled: settle })
  const failure = code === null ? undefined : shelf.failures[code as keyof typeof shelf.failures]
  const reason = code === null ? undefined : (failure?.what ?? message ?? code)
  const isUnderWay = state !== "indexed" && state !== "failed"
  const isTriedAgain = isUnderWay && reason !== undefined
  return (
    <li className={styles.job}>
      <StateMark state={state} />
      <div className={styles.words}>
        <Link href={`/documents/${encodeURIComponent(documentId)}`}>{path}</Link>
        <p>
          {[
            ...(kind === "recognise" ? [shelf.queue.recognise] : []),
            ...(attempts > 1 ? [shelf.queue.attempts(number(attempts))] : []),
            ...(isTriedAgain ? [shelf.queue.again(reason)] : reason === undefined ? [] : [reason]),
            ago(updatedAt),
          ].join(" · ")}
        </p>
        {cancel.error === null && retry.error === null ? null : <ProblemNotice error={cancel.error ?? retry.error} />}
      </div>
      {isAdmin && isUnderWay ? (
        <Button kind="quiet" label={shelf.queue.cancel(path)} isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          <Icon name="close" />
        </Button>
      ) : null}
      {isAdmin && state === "failed" ? (
        <Button kind="quiet" label={shelf.queue.retry(path)} isBusy={retry.isPending} onClick={() => retry.mutate()}>
          <Icon name="again" />
        </Button>
      ) : null}
    </li>
  )
}
