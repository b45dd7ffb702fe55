import { lazy, Suspense } from "react"
import { Route, Switch, useLocation } from "wouter"
import { EmptyState } from "../parts/empty-state.tsx"
import { Loading } from "../parts/loading.tsx"
import { ErrorBoundary } from "./error-boundary.tsx"
import { useHashSearch } from "./hash-location.ts"
import { useTexts } from "./language.tsx"

const Ask = lazy(async () => ({ default: (await import("../ask/ask-view.tsx")).AskView }))
const StoredAnswer = lazy(async () => ({ default: (await import("../ask/stored-answer.tsx")).StoredAnswer }))
const Why = lazy(async () => ({ default: (await import("../ask/why-view.tsx")).WhyView }))
const Source = lazy(async () => ({ default: (await import("../source/source-view.tsx")).SourceView }))
const Documents = lazy(async () => ({ default: (await import("../shelf/documents.tsx")).Documents }))
const DocumentView = lazy(async () => ({ default: (await import("../shelf/document.tsx")).DocumentView }))
const Folders = lazy(async () => ({ default: (await import("../shelf/folders.tsx")).Folders }))
const Queue = lazy(async () => ({ default: (await import("../shelf/queue.tsx")).Queue }))
const Collections = lazy(async () => ({ default: (await import("../shelf/collections.tsx")).Collections }))
const Models = lazy(async () => ({ default: (await import("../shelf/models.tsx")).Models }))
const Health = lazy(async () => ({ default: (await import("../shelf/health.tsx")).Health }))
const Evaluations = lazy(async () => ({ default: (await import("../shelf/evaluations.tsx")).Evaluations }))

/** The view of each address; its code is loaded when it is first opened. */
export function Routes() {
  const [path] = useLocation()
  return (
    <ErrorBoundary resetKey={path}>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/">
            <Ask key="new" />
          </Route>
          <Route path="/conversation/:id">{({ id }) => <Ask key={id} conversationId={id} />}</Route>
          <Route path="/answer/:id/why">{({ id }) => <Why answerId={id} />}</Route>
          <Route path="/answer/:id">{({ id }) => <StoredAnswer answerId={id} />}</Route>
          <Route path="/source/:id">{({ id }) => <SourceOfAddress documentId={id} />}</Route>
          <Route path="/documents">
            <Documents />
          </Route>
          <Route path="/documents/:id">{({ id }) => <DocumentView documentId={id} />}</Route>
          <Route path="/folders">
            <Folders />
          </Route>
          <Route path="/queue">
            <Queue />
          </Route>
          <Route path="/collections">
            <Collections />
          </Route>
          <Route path="/models">
            <Models />
          </Route>
          <Route path="/health">
            <Health />
          </Route>
          <Route path="/evaluations">
            <Evaluations />
          </Route>
          <Route>
            <Nowhere />
          </Route>
        </Switch>
      </Suspense>
    </ErrorBoundary>
  )
}

function SourceOfAddress({ documentId }: { readonly documentId: string }) {
  const search = new URLSearchParams(useHashSearch())
  const place = { start: wholeNumber(search.get("start")), end: wholeNumber(search.get("end")) }
  const revision = search.get("revision") ?? undefined
  return <Source documentId={documentId} revision={revision} {...place} />
}

function Nowhere() {
  const { app } = useTexts()
  return <EmptyState title={app.nowhereTitle} text={app.nowhereText} />
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
