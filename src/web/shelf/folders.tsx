import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Folders() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.folders} text={shelf.title} />
}
