import type { z } from "@hono/zod-openapi"
import type { Question } from "../core/types.ts"
import type { askBody, searchBody } from "./schemas.ts"

/** Leaves out what was not sent: absent and undefined are different things further down. */
export function toQuestion(body: z.infer<typeof searchBody> | z.infer<typeof askBody>): Question {
  const { question, collections, filters } = body
  return {
    question,
    ...(collections === undefined ? {} : { collections }),
    ...(filters === undefined ? {} : { filters: withoutUndefined(filters) }),
    ...("limit" in body && body.limit !== undefined ? { limit: body.limit } : {}),
    ...("generate" in body && body.generate !== undefined ? { generate: body.generate } : {}),
    ...("model" in body && body.model !== undefined ? { model: body.model } : {}),
    ...("conversationId" in body && body.conversationId !== undefined ? { conversationId: body.conversationId } : {}),
  }
}

type Defined<Fields> = { [Key in keyof Fields]: Exclude<Fields[Key], undefined> }

function withoutUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
}
