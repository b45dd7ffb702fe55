import { EmptyState } from "../parts/empty-state.tsx"

export function WhyView({ answerId }: { readonly answerId: string }) {
  return <EmptyState title={answerId} text="" />
}
