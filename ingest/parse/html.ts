import type { Parser } from "../../src/core/ports.ts"
import { decodeInto } from "./decode.ts"
import { articleOf, textLength } from "./html-article.ts"
import { type HtmlNode, parseHtml, walkHtml } from "./html-walker.ts"
import { cleanLine, createTextBuilder } from "./text-builder.ts"

/**
 * Web pages: the main content where the page marks it or where most of the rest is links, else everything but
 * navigation, scripts and hidden elements.
 */
export const htmlParser: Parser = {
  mediaTypes: ["text/html", "application/xhtml+xml"],
  extensions: [".html", ".htm", ".xhtml"],
  async parse(bytes, file) {
    const builder = createTextBuilder()
    const text = decodeInto(builder, bytes, { path: file.path, stated: statedEncoding(bytes) })
    const page = parseHtml(text, file.path)
    walkHtml(builder, markedContent(page) ?? (await articleOf(page, text, file.path)) ?? page, file.path)
    return builder.finish({ title: pageTitle(page) ?? builder.firstHeading })
  },
}

/** Share of the page's text that an element must hold to be taken for the content by itself. */
const MAIN_SHARE = 0.3

function statedEncoding(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString("latin1")
  return /<meta[^>]{0,200}charset\s{0,3}=\s{0,3}["']?([\w-]{2,40})/i.exec(head)?.[1]
}

function markedContent(page: HtmlNode): HtmlNode | undefined {
  const marked = [...(page.querySelectorAll?.("main, [role=main]") ?? [])]
  const articles = [...(page.querySelectorAll?.("article") ?? [])]
  const candidate = marked.length === 1 ? marked[0] : articles.length === 1 ? articles[0] : undefined
  if (candidate === undefined) return undefined
  const whole = page.querySelector?.("body") ?? page
  return textLength(candidate) >= textLength(whole) * MAIN_SHARE ? candidate : undefined
}

/** The page's title; where it is the one main heading with the site's name around it, that heading. */
function pageTitle(page: HtmlNode): string | null {
  const title = cleanLine(page.querySelector?.("title")?.textContent ?? "")
  const headings = [...(page.querySelectorAll?.("h1") ?? [])].map((heading) => cleanLine(heading.textContent ?? ""))
  const [heading = ""] = headings
  if (title === "") return heading === "" ? null : heading
  return headings.length === 1 && heading !== "" && title.includes(heading) ? heading : title
}
