import { useCallback, useSyncExternalStore } from "react"

/**
 * The place in the page, kept behind `#`, with a query of its own (`#/answer/1?source=2`): the server never sees it, and
 * no address of the page needs a route of the server.
 */
export function useHashPath(): [string, (to: string, options?: { readonly replace?: boolean }) => void] {
  const path = useSyncExternalStore(onHashChange, currentPath)
  return [path, useCallback(goTo, [])]
}

/** The query behind the path, without `?`. */
export function useHashSearch(): string {
  return useSyncExternalStore(onHashChange, currentSearch)
}

/** Goes to a path with its query; `replace` leaves no step to go back to. */
export function goTo(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const hash = `#${to.startsWith("/") ? to : `/${to}`}`
  if (hash === window.location.hash) return
  const former = window.location.href
  if (replace) window.history.replaceState(null, "", hash)
  else window.history.pushState(null, "", hash)
  window.dispatchEvent(new HashChangeEvent("hashchange", { oldURL: former, newURL: window.location.href }))
}

function currentPath(): string {
  return splitHash()[0]
}

function currentSearch(): string {
  return splitHash()[1]
}

function splitHash(): [path: string, search: string] {
  const hash = window.location.hash.slice(1)
  const at = hash.indexOf("?")
  const [path, search] = at < 0 ? [hash, ""] : [hash.slice(0, at), hash.slice(at + 1)]
  return [path.startsWith("/") ? path : `/${path}`, search]
}

function onHashChange(tell: () => void): () => void {
  window.addEventListener("hashchange", tell)
  window.addEventListener("popstate", tell)
  return () => {
    window.removeEventListener("hashchange", tell)
    window.removeEventListener("popstate", tell)
  }
}
