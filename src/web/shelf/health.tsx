import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Health() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.health} text={shelf.title} />
}
