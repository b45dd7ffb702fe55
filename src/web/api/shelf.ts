import type { DocumentSummary } from "../../core/types.ts"
import { requestJson } from "./request.ts"

/** A document of `data/sample`, to which the examples are questions. */
const SAMPLE = "hr/parental-leave.md"

interface Documents {
  readonly data: readonly DocumentSummary[]
}

/** Whether there is anything to ask, and whether the examples would be answered. */
export async function lookAtShelf(signal: AbortSignal): Promise<"empty" | "sample" | "other"> {
  const named = new URLSearchParams({ name: SAMPLE, limit: "1" })
  const [first, sample] = await Promise.all([
    requestJson<Documents>("/api/documents?limit=1", { signal }),
    requestJson<Documents>(`/api/documents?${named}`, { signal }),
  ])
  if (first.data.length === 0) return "empty"
  return sample.data.some(({ path }) => path === SAMPLE) ? "sample" : "other"
}
