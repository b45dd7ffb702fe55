import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Queue() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.queue} text={shelf.title} />
}
