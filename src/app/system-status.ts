import { roomOf } from "../../ingest/disk-room.ts"
import { requireAdmin } from "../access/principal.ts"
import type { DoctorOptions, DoctorReport } from "../core/doctor-report.ts"
import type { ModelsInForce } from "../core/models.ts"
import type { CheckUpEvent, Readiness } from "../core/shelf.ts"
import { createChannel } from "./channel.ts"
import type { Parts } from "./parts.ts"
import type { ShelfBase } from "./shelf-base.ts"

type Status = Pick<ShelfBase, "checkUp" | "systemStatus"> & {
  /** Checks, and remembers the report. */
  readonly examine: (options: DoctorOptions) => Promise<DoctorReport>
}

/** What the service is and stands on, and the last check of its invariants. */
export function createSystemStatus(
  parts: Pick<Parts, "build" | "folder" | "index" | "minFreeBytes">,
  around: {
    readonly models: () => ModelsInForce
    readonly readiness: () => Promise<Readiness>
    readonly doctor: (options: DoctorOptions) => Promise<DoctorReport>
  },
): Status {
  let last: { readonly finishedAt: string; readonly report: DoctorReport } | null = null

  const examine = async (options: DoctorOptions): Promise<DoctorReport> => {
    const report = await around.doctor(options)
    last = { finishedAt: new Date().toISOString(), report }
    return report
  }

  return {
    examine,
    checkUp: async function* ({ principal, repair }) {
      requireAdmin(principal)
      const channel = createChannel<CheckUpEvent>()
      const work = examine({ repair, onStep: (step) => channel.send({ event: "step", step }) }).then(
        (report) => {
          channel.send({ event: "report", report })
          channel.close()
        },
        (thrown: unknown) => channel.close(thrown),
      )
      yield* channel.items()
      await work
    },
    systemStatus: async ({ principal }) => {
      const server = async () => ({
        ...{ build: parts.build, node: process.version, generation: parts.index.generation, models: around.models() },
        startedAt: new Date(performance.timeOrigin).toISOString(),
        disk: await roomOf(parts.folder, parts.minFreeBytes),
        doctor: last,
      })
      return { readiness: await around.readiness(), server: principal.role === "admin" ? await server() : null }
    },
  }
}
