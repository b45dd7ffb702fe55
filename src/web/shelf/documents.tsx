import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Documents() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.documents} text={shelf.title} />
}
