import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import type { ShelvedModel } from "../../core/shelf.ts"
import { chooseModel, listModels } from "../api/service.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { Button } from "../parts/button.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Hidden } from "../parts/hidden.tsx"
import { Loading } from "../parts/loading.tsx"
import { Notice } from "../parts/notice.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import cards from "./cards.module.css"
import { useFormat } from "./format.ts"
import { Meter } from "./meter.tsx"
import styles from "./models.module.css"
import { joinPull, stopPull, usePulls } from "./pull-store.ts"
import { ShelfPage } from "./shelf-page.tsx"

const KINDS = ["generator", "embedder", "reader", "nli", "ocr"] as const
/** Those that one file makes, and that can be fetched. */
const PULLED_KINDS: ReadonlySet<string> = new Set(["generator", "ocr"])
const NONE = "none"

/** The models of the machine and those that can be fetched, by what they are for. */
export function Models() {
  const { shelf } = useTexts()
  const isAdmin = useSession().role === "admin"
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => listModels(signal),
    enabled: isAdmin,
  })
  const choose = useMutation({
    mutationFn: chooseModel,
    onSuccess: () => client.invalidateQueries({ queryKey: ["models"] }),
  })
  if (!isAdmin) {
    return (
      <ShelfPage title={shelf.models.title}>
        <EmptyState title={shelf.forAdmins} text={shelf.forAdminsText} />
      </ShelfPage>
    )
  }
  const running = data?.find(({ kind, isRunning }) => kind === "generator" && isRunning)
  const next = data?.find(({ kind, inUse }) => kind === "generator" && inUse)
  return (
    <ShelfPage title={shelf.models.title} lead={shelf.models.lead}>
      {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {choose.error === null ? null : <ProblemNotice error={choose.error} />}
      {data !== undefined && running?.id !== next?.id ? (
        <Notice tone="info" title={shelf.models.nextTitle(next?.id ?? shelf.models.quotes)}>
          <p>{shelf.models.nextText}</p>
        </Notice>
      ) : null}
      {data === undefined && error === null ? <Loading /> : null}
      {KINDS.map((kind) => {
        const models = data?.filter((model) => model.kind === kind) ?? []
        if (models.length === 0) return null
        return (
          <section key={kind} className={styles.kind} aria-labelledby={`kind-${kind}`}>
            <h2 id={`kind-${kind}`}>{shelf.models.kinds[kind]}</h2>
            <p className={cards.quiet}>{shelf.models.kindTexts[kind]}</p>
            <ul className={styles.models}>
              {models.map((model) => (
                <Model
                  key={model.id}
                  model={model}
                  onChoose={kind === "generator" && model.installed && !model.inUse ? choose.mutate : undefined}
                />
              ))}
            </ul>
            {kind === "generator" && next !== undefined ? (
              <Button isBusy={choose.isPending} onClick={() => choose.mutate(NONE)}>
                {shelf.models.chooseNone}
              </Button>
            ) : null}
          </section>
        )
      })}
    </ShelfPage>
  )
}

function Model(props: {
  readonly model: ShelvedModel
  /** Undefined where there is nothing to choose. */
  readonly onChoose: ((id: string) => void) | undefined
}) {
  const { model, onChoose } = props
  const { shelf } = useTexts()
  const { bytes } = useFormat()
  const { id, kind, installed, isRunning, inUse, licence, openness } = model
  const words = [
    ...(model.bytes > 0 ? [bytes(model.bytes)] : []),
    ...(licence === "-" ? [] : [licence]),
    shelf.models.openness[openness as keyof typeof shelf.models.openness] ?? shelf.models.opennessUnknown,
  ]
  const state = isRunning
    ? shelf.models.running
    : inUse
      ? shelf.models.next
      : installed
        ? shelf.models.installed
        : shelf.models.absent
  return (
    <li className={styles.model}>
      <div className={styles.words}>
        <h3>{id}</h3>
        <p className={cards.quiet}>{words.join(" · ")}</p>
        {kind === "generator" ? <Roles model={model} /> : null}
      </div>
      <p className={isRunning || inUse ? styles.inUse : cards.quiet}>{state}</p>
      <div className={styles.actions}>
        {onChoose === undefined ? null : (
          <Button onClick={() => onChoose(id)}>
            {shelf.models.choose} <Hidden>{id}</Hidden>
          </Button>
        )}
        {installed || !PULLED_KINDS.has(kind) ? null : <Pull model={model} />}
      </div>
    </li>
  )
}

/** What the model has earned by measurement, in words. */
function Roles({ model: { roles, rolesFrom } }: { readonly model: ShelvedModel }) {
  const { shelf } = useTexts()
  const { earned, notMeasured, lost, none, measuredHere } = shelf.models.roles
  if (roles === null) return <p className={styles.roles}>{rolesFrom === "changed" ? lost : notMeasured}</p>
  const names = roles.map((role) => shelf.models.roles.names[role as keyof typeof shelf.models.roles.names] ?? role)
  const where = rolesFrom === "calibration" ? ` (${measuredHere})` : ""
  return <p className={styles.roles}>{names.length === 0 ? none : `${earned} ${names.join(", ")}${where}`}</p>
}

function Pull({ model: { id, pull } }: { readonly model: ShelvedModel }) {
  const { shelf } = useTexts()
  const { bytes, number } = useFormat()
  const client = useQueryClient()
  const own = usePulls().get(id)
  // one that another window has begun is watched too
  const progress = own === undefined ? pull : own.progress
  const isUnderWay = own === undefined ? pull !== null : own.problem === null
  const watch = () => void joinPull(id).then(() => client.invalidateQueries({ queryKey: ["models"] }))
  if (!isUnderWay) {
    return (
      <>
        <Button onClick={watch}>
          {shelf.models.pull} <Hidden>{id}</Hidden>
        </Button>
        {own?.problem === null || own === undefined ? null : <ProblemNotice error={own.problem} />}
      </>
    )
  }
  const seconds = progress?.secondsLeft ?? null
  return (
    <div className={styles.pull}>
      <Meter
        label={shelf.models.pullNamed(id)}
        share={progress === null ? null : progress.doneBytes / progress.totalBytes}
      />
      <p className={cards.quiet} aria-live="off">
        {progress === null
          ? shelf.models.begins
          : shelf.models.progress(bytes(progress.doneBytes), bytes(progress.totalBytes))}
        {seconds === null ? "" : ` · ${shelf.models.left(number(Math.ceil(seconds / 60)))}`}
      </p>
      {own?.note === undefined ? null : <p className={cards.quiet}>{own.note}</p>}
      <div className={cards.foot}>
        {own === undefined ? (
          <Button onClick={watch}>
            {shelf.models.watch} <Hidden>{id}</Hidden>
          </Button>
        ) : null}
        <Button onClick={() => void stopPull(id)}>
          {shelf.models.stop} <Hidden>{id}</Hidden>
        </Button>
      </div>
    </div>
  )
}
