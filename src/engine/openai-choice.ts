/** What an OpenAI-compatible server says of a choice: by the probabilities of the first token, or by choosing. */

/** What OpenAI's own interface allows. */
const MOST_ALTERNATIVES = 20
/** Room for the object and for what a server lets the model put around it. */
const CHOICE_TOKENS = 64
/** Of a choice without probabilities: how sure it was is not known, and the others must weigh more than nothing. */
const CHOSEN_SHARE = 0.9

/** The part of a request that asks for the first token with its alternatives. */
export const FIRST_TOKEN = { max_tokens: 1, seed: 0, logprobs: true, top_logprobs: MOST_ALTERNATIVES }

/** The part of a request that holds the model to one of the choices: structured output. */
export function structuredChoice(choices: readonly string[]): object {
  const schema = {
    ...{ type: "object", properties: { choice: { type: "string", enum: choices } } },
    ...{ required: ["choice"], additionalProperties: false },
  }
  return {
    ...{ max_tokens: CHOICE_TOKENS, seed: 0 },
    response_format: { type: "json_schema", json_schema: { name: "choice", strict: true, schema } },
  }
}

/**
 * The choices among the most likely first tokens, as shares of their sum; one that is not among them weighs as much as the
 * least likely. Null where none is among them, or the server tells no probabilities.
 */
export function toldShares(completion: unknown, choices: readonly string[]): number[] | null {
  const content = field(field(first(field(completion, "choices")), "logprobs"), "content")
  const listed = field(first(content), "top_logprobs")
  const tokens = (Array.isArray(listed) ? listed : []).flatMap((one: unknown) => {
    const [token, logprob] = [field(one, "token"), field(one, "logprob")]
    return typeof token === "string" && typeof logprob === "number"
      ? [{ token: token.trim().toLowerCase(), probability: Math.exp(logprob) }]
      : []
  })
  const least = Math.min(...tokens.map(({ probability }) => probability))
  const masses = choices.map((choice) =>
    tokens.filter(({ token }) => token === choice).reduce((sum, { probability }) => sum + probability, 0),
  )
  if (masses.every((mass) => mass === 0)) return null
  const floored = masses.map((mass) => Math.max(mass, least, Number.MIN_VALUE))
  const whole = floored.reduce((sum, mass) => sum + mass, 0)
  return floored.map((mass) => mass / whole)
}

/** The shares where the server chose. Null where what it wrote is none of the choices: some ignore the schema. */
export function chosenShares(completion: unknown, choices: readonly string[]): number[] | null {
  const content = field(field(first(field(completion, "choices")), "message"), "content")
  const chosen = typeof content === "string" ? choices.indexOf(choiceIn(content)) : -1
  if (chosen < 0 || choices.length < 2) return null
  const rest = (1 - CHOSEN_SHARE) / (choices.length - 1)
  return choices.map((_, place) => (place === chosen ? CHOSEN_SHARE : rest))
}

function choiceIn(content: string): string {
  try {
    const { choice } = Object(JSON.parse(content))
    return String(choice)
  } catch {
    return content.trim().replace(/\.$/, "").toLowerCase()
  }
}

export function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
}
