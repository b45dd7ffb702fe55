import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"

export function AskView({ conversationId = "" }: { readonly conversationId?: string }) {
  const { ask } = useTexts()
  return <EmptyState title={ask.title} text={conversationId} />
}
