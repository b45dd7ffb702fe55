import { Component, type ReactNode } from "react"
import { Button } from "../parts/button.tsx"
import { Notice } from "../parts/notice.tsx"
import { useTexts } from "./language.tsx"

interface Props {
  readonly children: ReactNode
  /** A new one begins anew, such as the path of the view. */
  readonly resetKey?: string
}

interface State {
  readonly hasFailed: boolean
  readonly failedAt: string | undefined
}

/** What stands inside may fail without taking the rest of the page with it. React knows this as a class alone. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { hasFailed: false, failedAt: undefined }

  static getDerivedStateFromError(): Partial<State> {
    return { hasFailed: true }
  }

  static getDerivedStateFromProps({ resetKey }: Props, { hasFailed, failedAt }: State): Partial<State> | null {
    if (!hasFailed) return { failedAt: resetKey }
    return resetKey === failedAt ? null : { hasFailed: false, failedAt: resetKey }
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Failed /> : this.props.children
  }
}

function Failed() {
  const { app } = useTexts()
  return (
    <Notice tone="bad" title={app.failedTitle}>
      <p>{app.failedText}</p>
      <Button onClick={() => window.location.reload()}>{app.reload}</Button>
    </Notice>
  )
}
