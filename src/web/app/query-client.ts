import { QueryCache, QueryClient } from "@tanstack/react-query"
import { ApiProblem } from "../api/request.ts"
import { SESSION_KEY } from "../api/session.ts"

const FRESH_MS = 10_000
const MOST_RETRIES = 2

/** What is asked of the server, kept while it is fresh. A key that is not known any more ends the session. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiProblem && error.status === 401)
          void client.invalidateQueries({ queryKey: SESSION_KEY })
      },
    }),
    defaultOptions: {
      queries: { staleTime: FRESH_MS, retry: (count, error) => isPassing(error) && count < MOST_RETRIES },
    },
  })
  return client
}

/** Whether the same request may succeed a little later. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 429 || error.status >= 502)
}
