import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Collections() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.collections} text={shelf.title} />
}
