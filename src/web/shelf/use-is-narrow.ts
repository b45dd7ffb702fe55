import { useSyncExternalStore } from "react"

/** Where a row of the list has two lines; as in `document-list.module.css`. */
const NARROW = "(width < 720px)"

export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (tell) => {
      const query = window.matchMedia(NARROW)
      query.addEventListener("change", tell)
      return () => query.removeEventListener("change", tell)
    },
    () => window.matchMedia(NARROW).matches,
  )
}
