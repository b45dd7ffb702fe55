import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function DocumentView({ documentId }: { readonly documentId: string }) {
  const { app } = useTexts()
  return <EmptyState title={app.places.documents} text={documentId} />
}
