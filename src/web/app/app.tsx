import { QueryClientProvider } from "@tanstack/react-query"
import { useState } from "react"
import { Router } from "wouter"
import { ErrorBoundary } from "./error-boundary.tsx"
import { useHashPath, useHashSearch } from "./hash-location.ts"
import { LanguageProvider } from "./language.tsx"
import { createQueryClient } from "./query-client.ts"
import { SessionGate } from "./session.tsx"
import { Shell } from "./shell.tsx"

/** Everything that stands around the views, from the outside in. */
export function App() {
  const [queryClient] = useState(createQueryClient)
  return (
    <LanguageProvider>
      <ErrorBoundary>
        <QueryClientProvider client={queryClient}>
          <Router hook={useHashPath} searchHook={useHashSearch} hrefs={(path) => `#${path}`}>
            <SessionGate>
              <Shell />
            </SessionGate>
          </Router>
        </QueryClientProvider>
      </ErrorBoundary>
    </LanguageProvider>
  )
}
