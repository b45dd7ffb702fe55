import type { ItemRange } from "./match-quote.ts"

/** Marks ranges of the text layer: `elements` hold one text each, in the order of the items. What was marked before is not any more. */
export function markItems(
  elements: readonly HTMLElement[],
  ranges: readonly ItemRange[],
  options: { readonly className: string; readonly begins: string; readonly ends: string },
): void {
  for (const element of elements) {
    if (element.querySelector("[data-quote]") !== null) element.textContent = textOf(element)
  }
  for (const [index, { item, start, end }] of ranges.entries()) {
    const element = elements[item]
    if (element === undefined) continue
    const text = element.textContent
    const mark = document.createElement("mark")
    mark.className = options.className
    mark.dataset["quote"] = ""
    mark.textContent = text.slice(start, end)
    if (index === 0) {
      mark.tabIndex = -1
      mark.setAttribute("aria-description", options.begins)
    }
    if (index === ranges.length - 1 && index > 0) mark.setAttribute("aria-description", options.ends)
    // A part of the layer is no word for readers of the screen, but the quote is.
    element.removeAttribute("role")
    element.replaceChildren(text.slice(0, start), mark, text.slice(end))
  }
}

function textOf(element: HTMLElement): string {
  return element.textContent
}
