import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Models() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.models} text={shelf.title} />
}
