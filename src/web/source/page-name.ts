import { useTexts } from "../app/language.tsx"

/** How a page of a document is called: a sheet by its name, a slide and a page by its number or what the document calls it. */
export function usePageName(
  mediaType: string,
): (page: { readonly page: number; readonly label?: string | null | undefined }) => string {
  const { source } = useTexts()
  return ({ page, label }) => {
    if (isSheets(mediaType)) return source.sheet(label ?? String(page))
    return isSlides(mediaType) ? source.slide(label ?? String(page)) : source.page(label ?? String(page))
  }
}

function isSheets(mediaType: string): boolean {
  return /spreadsheet|ms-excel/.test(mediaType)
}

function isSlides(mediaType: string): boolean {
  return /presentation|powerpoint/.test(mediaType)
}
