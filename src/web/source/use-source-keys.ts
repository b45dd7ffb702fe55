import { type RefObject, useEffect } from "react"
import type { SourceQuote } from "./quote-steps.tsx"

interface SourceKeys {
  readonly previous: SourceQuote | undefined
  readonly next: SourceQuote | undefined
  readonly onGoTo: ((quote: SourceQuote) => void) | undefined
  readonly onClose: (() => void) | undefined
}

/** Keys of the view: `n` and `p` go from quote to quote, Esc closes what stands beside. None of them while one writes. */
export function useSourceKeys(root: RefObject<HTMLElement | null>, keys: SourceKeys): void {
  const { previous, next, onGoTo, onClose } = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      const quote = event.key === "n" ? next : event.key === "p" ? previous : undefined
      if (quote !== undefined && onGoTo !== undefined) onGoTo(quote)
      else if (event.key === "Escape" && onClose !== undefined && isInside(root.current, event.target)) onClose()
      else return
      event.preventDefault()
    }
    window.addEventListener("keydown", press)
    return () => window.removeEventListener("keydown", press)
  }, [root, previous, next, onGoTo, onClose])
}

/** Inside, or nowhere in particular. */
function isInside(root: HTMLElement | null, target: EventTarget | null): boolean {
  return target === document.body || (target instanceof Node && root?.contains(target) === true)
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
