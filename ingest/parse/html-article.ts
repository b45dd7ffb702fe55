import { type HtmlNode, parseHtml } from "./html-walker.ts"

/**
 * The article of a page that is mostly links around it, as Mozilla's Readability finds it; undefined for a page whose
 * text it would not keep. `html` is the source of the page: the search takes its tree apart.
 */
export async function articleOf(page: HtmlNode, html: string, path: string): Promise<HtmlNode | undefined> {
  const body = page.querySelector?.("body") ?? page
  const whole = proseAndLinks(body)
  const isNavigation = whole.links > (whole.prose + whole.links) * LINK_SHARE
  if (!isNavigation || html.length > MOST_CHARACTERS) return undefined
  const { Readability } = await import("@mozilla/readability")
  const tree = parseHtml(html, path) as unknown as ConstructorParameters<typeof Readability>[0]
  const article = new Readability(tree, { charThreshold: 100, keepClasses: true, disableJSONLD: true }).parse()
  if (article === null || typeof article.content !== "string") return undefined
  const found = parseHtml(article.content, path)
  return proseAndLinks(found).prose >= whole.prose * KEPT_PROSE ? found : undefined
}

/** Characters other than white space; a document states no text of its own. */
export function textLength(node: HtmlNode): number {
  if (node.nodeType === 9) return [...node.childNodes].reduce((sum, child) => sum + textLength(child), 0)
  return (node.textContent ?? "").replace(/\s+/g, "").length
}

/** Share of the text in links from which on a page counts as navigation. */
const LINK_SHARE = 0.4
/** Of what is no link, the article must hold this much; the rest is names of menus and notices. */
const KEPT_PROSE = 0.9
/** The search takes time with the square of the page, more or less. */
const MOST_CHARACTERS = 3_000_000

/** Text outside and inside of links, in characters; scripts and styles are no text. */
function proseAndLinks(node: HtmlNode): { readonly prose: number; readonly links: number } {
  let noise = 0
  for (const child of node.querySelectorAll?.("script, style, noscript, template") ?? []) noise += textLength(child)
  let links = 0
  for (const link of node.querySelectorAll?.("a[href]") ?? []) links += textLength(link)
  return { prose: Math.max(0, textLength(node) - noise - links), links }
}
