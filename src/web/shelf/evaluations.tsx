import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function Evaluations() {
  const { app, shelf } = useTexts()
  return <EmptyState title={app.places.evaluations} text={shelf.title} />
}
