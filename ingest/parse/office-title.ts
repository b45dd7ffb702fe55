import type { OfficePackage } from "./office-package.ts"
import { elements, textContent } from "./xml.ts"

/** Title from the document's own data; null where there is none or a program filled it in. */
export function documentTitle(office: OfficePackage): string | null {
  const part = office.relations("").find(({ type }) => type === "core-properties")?.target
  const root = part === undefined ? undefined : office.xml(part)
  const [title] = root === undefined ? [] : elements(root, "title")
  return title === undefined ? null : statedTitle(textContent(title))
}

/** Null for words that programs put where no person wrote a title. */
export function statedTitle(title: string): string | null {
  const words = title.trim()
  if (!/\p{L}{2}/u.test(words) || /\.(?:docx?|pptx?|xlsx?|od[tps]|pdf|rtf)$/i.test(words)) return null
  return /^(?:powerpoint presentation|microsoft \w+\b.*|untitled.*|document\d*|presentation\d*|slide \d+|title|blank)$/i.test(
    words,
  )
    ? null
    : words
}
