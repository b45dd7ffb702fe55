import type { IngestEvent } from "../core/types.ts"
import { shown } from "./terminal.ts"

/** What an event says, in a line; undefined for what is not news. */
export function describeEvent(event: IngestEvent): string | undefined {
  switch (event.event) {
    case "document-indexed":
      return `indexed    ${shown(event.path)} (${event.chunks} chunks)`
    case "document-recognised":
      return `recognised ${shown(event.path)} (${event.pages === 1 ? "1 page" : `${event.pages} pages`}, confidence ${event.confidence})`
    case "document-moved":
      return `moved      ${shown(event.from)} > ${shown(event.path)}`
    case "document-removed":
      return `removed    ${shown(event.path)}`
    case "document-failed":
      return `failed     ${shown(event.path)}: ${shown(event.message)} (${event.code})`
    case "document-skipped":
      return `left out   ${shown(event.path)}: ${shown(event.message)} (${event.code})`
    case "source-paused":
      return `paused     ${shown(event.root)}: ${event.reason}\n           ibid sources list, then ibid sources resume ID --confirm`
    case "summary":
      return `in step: ${event.indexed} indexed, ${event.unchanged} unchanged, ${event.moved} moved, ${event.removed} removed, ${event.failed} failed`
    default:
      return undefined
  }
}
