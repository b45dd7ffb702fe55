import type { ShownReceipt } from "../../core/receipt.ts"
import type { Answer, Citation, Evidence, Passage, Warning } from "../../core/types.ts"
import type { AskEvent, AskOptions } from "../api/answers.ts"
import { ApiProblem } from "../api/request.ts"

/** One question and what is known of its answer so far. */
export interface Turn {
  /** Of this page alone. */
  readonly key: string
  /** Null until the server has named it. */
  readonly answerId: string | null
  readonly asked: AskOptions
  readonly status: "asking" | "done" | "stopped" | "failed"
  readonly passages: readonly Passage[]
  /** Null until it has been read. */
  readonly evidence: readonly Evidence[] | null
  /** Written so far; `answer` has the whole. */
  readonly text: string
  readonly citations: readonly Citation[]
  readonly warnings: readonly Warning[]
  readonly answer: Answer | null
  readonly error: unknown
  /** Of an answer that was given before: what has become of its documents. */
  readonly states: ReadonlyMap<string, "current" | "changed" | "removed">
}

export function beginTurn(key: string, asked: AskOptions, answerId: string | null = null): Turn {
  return {
    ...{ key, answerId, asked, status: "asking", passages: [], evidence: null, text: "", citations: [], warnings: [] },
    ...{ answer: null, error: null, states: new Map() },
  }
}

/** The turn after an event of its stream. */
export function advance(turn: Turn, event: AskEvent): Turn {
  switch (event.type) {
    case "passages":
      return { ...turn, passages: event.data.passages }
    case "evidence":
      return { ...turn, evidence: event.data.evidence }
    case "delta":
      return { ...turn, text: turn.text + event.data.text }
    case "citation":
      return { ...turn, citations: [...turn.citations, event.data] }
    case "warning":
      return { ...turn, warnings: [...turn.warnings, event.data] }
    case "answer":
      return withAnswer(turn, event.data)
    case "error": {
      const { code, detail } = event.data
      if (code === "cancelled") return { ...turn, status: "stopped" }
      return { ...turn, status: "failed", error: new ApiProblem({ status: 500, code, detail, requestId: undefined }) }
    }
  }
}

/** An answer that was given before. */
export function toTurn(receipt: ShownReceipt): Turn {
  const conversation = receipt.conversationId === null ? {} : { conversationId: receipt.conversationId }
  const turn = beginTurn(receipt.id, { question: receipt.question, ...conversation }, receipt.id)
  const states = new Map(receipt.sources.map(({ documentId, state }) => [documentId as string, state]))
  return { ...withAnswer(turn, receipt.answer), states }
}

function withAnswer(turn: Turn, answer: Answer): Turn {
  const { passages, evidence, text, citations, warnings } = answer
  return { ...turn, status: "done", answerId: answer.id, passages, evidence, text, citations, warnings, answer }
}
