import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import type { ServerStatus } from "../../core/shelf.ts"
import { getSystem, type System } from "../api/service.ts"
import { useTexts } from "../app/language.tsx"
import { Facts } from "../parts/facts.tsx"
import { Loading } from "../parts/loading.tsx"
import { Notice } from "../parts/notice.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { CheckUp } from "./check-up.tsx"
import { useFormat } from "./format.ts"
import styles from "./health.module.css"
import { Meter } from "./meter.tsx"
import { PauseNotice } from "./pause-notice.tsx"
import { ShelfPage } from "./shelf-page.tsx"

const REFRESH_MS = 10_000

/** Whether all is well, in plain words, and what the service stands on. */
export function Health() {
  const { shelf } = useTexts()
  const { data, error, refetch } = useQuery({
    queryKey: ["system"],
    queryFn: ({ signal }) => getSystem(signal),
    refetchInterval: REFRESH_MS,
  })
  return (
    <ShelfPage title={shelf.health.title}>
      {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null ? <Loading /> : null : <Shown system={data} />}
    </ShelfPage>
  )
}

function Shown({ system: { readiness, version, server } }: { readonly system: System }) {
  const { shelf } = useTexts()
  const { number } = useFormat()
  const { ready, components, ingestion } = readiness
  const { queued, toRecognise } = ingestion
  return (
    <>
      <p className={`${styles.verdict} ${ready ? styles.good : styles.bad}`}>
        {ready ? shelf.health.ready : shelf.health.notReady}
      </p>
      {ready ? null : (
        <Notice tone="bad" title={shelf.health.indexTitle}>
          <p>{components["index"]}</p>
          <p>{shelf.health.indexText}</p>
        </Notice>
      )}
      <PauseNotice ingestion={ingestion} />
      <Facts
        facts={[
          [shelf.health.documents, number(Number(components["documents"] ?? 0))],
          [
            shelf.health.queue,
            <Link key="queue" href="/queue">
              {queued + toRecognise === 0 ? shelf.queue.idle : shelf.queue.lead(number(queued), number(toRecognise))}
            </Link>,
          ],
          [shelf.health.version, version],
        ]}
      />
      {server === null ? null : <Server server={server} />}
    </>
  )
}

function Server({ server }: { readonly server: ServerStatus }) {
  const { shelf } = useTexts()
  const { bytes, dateTime } = useFormat()
  const { disk, models, build, node, startedAt, generation, doctor } = server
  const used = disk.totalBytes === 0 ? 0 : 1 - disk.freeBytes / disk.totalBytes
  return (
    <>
      <section className={styles.section} aria-labelledby="disk">
        <h2 id="disk">{shelf.health.disk}</h2>
        <Meter label={shelf.health.disk} share={used} />
        <p>{shelf.health.diskText(bytes(disk.freeBytes), bytes(disk.totalBytes), bytes(disk.neededBytes))}</p>
      </section>
      <section className={styles.section} aria-labelledby="server">
        <h2 id="server">{shelf.health.server}</h2>
        <Facts
          facts={[
            [shelf.health.generator, models.generator ?? shelf.models.quotes],
            [shelf.health.reader, models.reader ?? "–"],
            [shelf.health.embedder, models.embedder],
            [shelf.health.started, dateTime(startedAt)],
            [shelf.health.build, build],
            [shelf.health.generation, generation],
            ["Node.js", node],
          ]}
        />
      </section>
      <CheckUp last={doctor} />
    </>
  )
}
