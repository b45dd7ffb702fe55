import type { Feedback, ShownReceipt, Verdict } from "../../core/receipt.ts"
import type { Answer, Citation, Evidence, Passage, SearchResult, Warning } from "../../core/types.ts"
import { readEvents, type StreamEvent } from "./event-stream.ts"
import { ApiProblem, request, requestJson } from "./request.ts"

/** Long enough for the page to be loaded anew while an answer is written. */
const RESUME_WITHIN_SECONDS = "5"

export interface AskOptions {
  readonly question: string
  readonly conversationId?: string
  readonly collection?: string
  /** False asks for quotes alone. */
  readonly generate?: boolean
}

/** What a stream says of one answer, by the names of the API. */
export type AskEvent =
  | { readonly type: "passages"; readonly data: { readonly passages: readonly Passage[] } }
  | { readonly type: "evidence"; readonly data: { readonly evidence: readonly Evidence[] } }
  | { readonly type: "delta"; readonly data: { readonly text: string } }
  | { readonly type: "citation"; readonly data: Citation }
  | { readonly type: "warning"; readonly data: Warning }
  | { readonly type: "answer"; readonly data: Answer }
  | { readonly type: "error"; readonly data: { readonly code: string; readonly detail: string } }

export interface AnswerStream {
  readonly answerId: string
  /** With their numbers, for who comes back. */
  readonly events: AsyncGenerator<AskEvent & { readonly id: string }>
}

/** Asks, and names the answer before its first event. Throws `ApiProblem`. */
export async function openStream(options: AskOptions, signal: AbortSignal): Promise<AnswerStream> {
  const { question, conversationId, collection, generate } = options
  const response = await request("/api/ask", {
    body: {
      question,
      ...(conversationId === undefined ? {} : { conversationId }),
      ...(collection === undefined ? {} : { collections: [collection] }),
      ...(generate === undefined ? {} : { generate }),
    },
    headers: { accept: "text/event-stream", "x-resume-within": RESUME_WITHIN_SECONDS },
    signal,
  })
  const place = response.headers.get("content-location") ?? ""
  return { answerId: place.split("/").at(-1) ?? "", events: eventsOf(response) }
}

/** What a stream has said after an event and says from now on; nothing where it has said all. Throws `ApiProblem`. */
export async function resumeStream(answerId: string, after: string | null, signal: AbortSignal): Promise<AnswerStream> {
  const headers = after === null ? {} : { "last-event-id": after }
  return { answerId, events: eventsOf(await request(`/api/ask/${encodeURIComponent(answerId)}`, { headers, signal })) }
}

/** Nothing more is written. A stream that has ended already is as good. */
export async function stopStream(answerId: string): Promise<void> {
  await request(`/api/ask/${encodeURIComponent(answerId)}`, { method: "DELETE" }).catch((thrown: unknown) => {
    if (!(thrown instanceof ApiProblem)) throw thrown
  })
}

/** With a document, also why it was used or was not. */
export async function getReceipt(
  id: string,
  options: { readonly document?: string; readonly signal?: AbortSignal } = {},
) {
  const query = options.document === undefined ? "" : `?${new URLSearchParams({ document: options.document })}`
  return await requestJson<ShownReceipt>(`/api/answers/${encodeURIComponent(id)}${query}`, { signal: options.signal })
}

export interface GivenFeedback {
  readonly verdict: Verdict
  readonly text?: string
  readonly document?: string
}

export async function giveFeedback(answerId: string, feedback: GivenFeedback): Promise<Feedback> {
  return await requestJson(`/api/answers/${encodeURIComponent(answerId)}/feedback`, { body: feedback })
}

export async function search(question: string, collection: string | undefined, signal: AbortSignal) {
  const collections = collection === undefined ? {} : { collections: [collection] }
  return await requestJson<SearchResult>("/api/search", { body: { question, limit: 20, ...collections }, signal })
}

async function* eventsOf(response: Response): AnswerStream["events"] {
  if (response.body === null || response.status === 204) return
  for await (const event of readEvents(response.body)) yield event as StreamEvent & AskEvent
}
