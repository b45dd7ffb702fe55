import { useEffect } from "react"

interface Keys {
  /** Esc: ends what is being written, else closes what is open. */
  readonly onEscape: () => void
}

/**
 * The keys of the page: `/` goes to the box, j and k (and the arrows, on a quote) go through the quotes and passages in
 * their order, Esc stops or closes. Enter on a quote opens it, as of any button.
 */
export function useKeys({ onEscape }: Keys): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target instanceof HTMLElement ? event.target : null
      // a dialog closes by itself
      if (event.key === "Escape" && document.querySelector("dialog[open]") === null) return onEscape()
      if (target !== null && isTyping(target)) return
      const isOnQuote = target?.hasAttribute("data-quote") === true
      const step = stepOf(event.key, isOnQuote)
      if (event.key === "/") document.querySelector<HTMLElement>("[data-question-box]")?.focus()
      else if (step === 0) return
      else goToQuote(step)
      event.preventDefault()
    }
    document.addEventListener("keydown", onKeyDown)
    return () => document.removeEventListener("keydown", onKeyDown)
  }, [onEscape])
}

function stepOf(key: string, isOnQuote: boolean): number {
  if (key === "j" || (isOnQuote && key === "ArrowDown")) return 1
  if (key === "k" || (isOnQuote && key === "ArrowUp")) return -1
  return 0
}

/** From the one that has the focus; without one, to the first of the newest answer. */
function goToQuote(step: number): void {
  const quotes = [...document.querySelectorAll<HTMLElement>("[data-quote]:enabled")].filter(isVisible)
  const at = quotes.indexOf(document.activeElement as HTMLElement)
  const newest = quotes.findIndex((quote) => quote.closest("article")?.nextElementSibling?.tagName !== "ARTICLE")
  const next = quotes[at < 0 ? Math.max(newest, 0) : Math.min(Math.max(at + step, 0), quotes.length - 1)]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

function isVisible(element: HTMLElement): boolean {
  return element.checkVisibility()
}

function isTyping(element: HTMLElement): boolean {
  const isField = element instanceof HTMLInputElement && !["radio", "checkbox", "button"].includes(element.type)
  return isField || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement
}
