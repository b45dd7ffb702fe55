import { EmptyState } from "../parts/empty-state.tsx"

export function StoredAnswer({ answerId }: { readonly answerId: string }) {
  return <EmptyState title={answerId} text="" />
}
