import { IbidError } from "../core/errors.ts"
import type { Answer, AnswerEvent } from "../core/types.ts"
import type { Frame } from "./event-log.ts"

/** The model that answers from all that a key may read. */
export const ALL_COLLECTIONS = "ibid"

/** A model is a collection. */
export function toModelId(collection: string): string {
  return `${ALL_COLLECTIONS}/${collection}`
}

export function unknownModel(id: string): IbidError {
  return new IbidError("model-not-found", `Cannot find the model "${id}": ask GET /v1/models`)
}

/** What all pieces of a completion have in common. */
export interface CompletionHead {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** A whole answer as a chat completion. */
export function toCompletion(head: CompletionHead, answer: Answer, promptTokens: number) {
  return {
    ...head,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: answer.text, refusal: null, annotations: toAnnotations(answer) },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: usageOf(answer, promptTokens),
    ibid: ibidFields(answer),
  }
}

/** The chunks of a streamed completion: the role, the text as it comes, citations with the end, `[DONE]`. */
export async function* toChunks(
  events: AsyncIterable<AnswerEvent>,
  head: CompletionHead,
  options: { readonly promptTokens: number; readonly includeUsage: boolean },
): AsyncGenerator<Frame> {
  let sequence = 0
  const frame = (data: string): Frame => ({ sequence: ++sequence, type: "", data })
  // the protocol has the field in every chunk, once it was asked for
  const noUsage = options.includeUsage ? { usage: null } : {}
  const chunk = (choices: readonly object[], more: object = {}) =>
    frame(JSON.stringify({ ...head, object: "chat.completion.chunk", choices, ...noUsage, ...more }))
  const choice = (delta: object, finish: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ]
  let written = ""
  for await (const event of events) {
    if (sequence === 0) yield chunk(choice({ role: "assistant", content: "" }))
    if (event.type === "delta") {
      written += event.text
      yield chunk(choice({ content: event.text }))
    }
    if (event.type !== "answer") continue
    const { answer } = event
    // what abstains is not written in pieces
    const rest = answer.text.startsWith(written) ? answer.text.slice(written.length) : ""
    if (rest !== "") yield chunk(choice({ content: rest }))
    yield chunk(choice({ annotations: toAnnotations(answer) }, "stop"), { ibid: ibidFields(answer) })
    if (options.includeUsage) yield chunk([], { usage: usageOf(answer, options.promptTokens) })
    yield frame("[DONE]")
  }
}

/** Four characters a token: an answer may hold no token of a model at all. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

function ibidFields({ id, status, mode, reason, citations, confidence, warnings }: Answer) {
  return { id, status, mode, reason, citations, confidence, warnings }
}

function usageOf(answer: Answer, promptTokens: number) {
  const written = estimateTokens(answer.text)
  return { prompt_tokens: promptTokens, completion_tokens: written, total_tokens: promptTokens + written }
}

/** Citations in the shape of OpenAI's message annotations, with the whole citation beside them. */
function toAnnotations(answer: Answer) {
  const places = markerPlaces(answer)
  return answer.citations.map((citation) => {
    // an answer that does not show the marker is annotated at its end
    const [start_index, end_index] = places.get(citation.marker) ?? [answer.text.length, answer.text.length]
    const { documentId, start, end, title } = citation
    return {
      type: "url_citation" as const,
      url_citation: {
        ...{ start_index, end_index, title },
        url: `/api/documents/${encodeURIComponent(documentId)}/text?start=${start}&end=${end}`,
      },
      ibid: citation,
    }
  })
}

/**
 * Where each marker first stands behind a sentence, from and to in characters of the text. A quote may hold the like of
 * one (`founded in 1924 [1]`), so each is looked for from the end of a sentence that it belongs to.
 */
function markerPlaces({ text, sentences }: Answer): Map<number, readonly [number, number]> {
  const places = new Map<number, readonly [number, number]>()
  let from = 0
  for (const sentence of sentences) {
    if (!text.startsWith(sentence.text, from)) break
    const end = from + sentence.text.length
    for (const number of sentence.citations) {
      const marker = `[${number}]`
      const at = text.lastIndexOf(marker, end - marker.length)
      if (at >= from && !places.has(number)) places.set(number, [at, at + marker.length])
    }
    from = end + 1
  }
  return places
}
