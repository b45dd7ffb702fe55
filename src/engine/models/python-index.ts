import { existsSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import { type Fetching, getText } from "./http.ts"
import { failed } from "./http-errors.ts"
import { indexLink } from "./index-link.ts"
import type { PackageIndexes } from "./pip-settings.ts"

const ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

/**
 * Address of a wheel on the first index that has it, or the path of a local file. Simple repository API, JSON (PEP 691)
 * or HTML (PEP 503). Throws `download-failed` with the reason of each index, `cancelled`.
 */
export async function findWheel(
  wheel: { readonly package: string; readonly file: string },
  indexes: PackageIndexes,
  fetching: Fetching,
): Promise<string> {
  const pages = indexes.links.filter((link) => /^https?:/.test(link))
  for (const link of indexes.links.filter((link) => !pages.includes(link))) {
    const folder = link.startsWith("file:") ? fileURLToPath(link) : link
    const path = join(folder, basename(wheel.file))
    if (existsSync(path) && statSync(path).isFile()) return path
  }
  const name = wheel.package.toLowerCase().replace(/[-_.]+/g, "-")
  pages.push(...indexes.addresses.map((address) => `${address.replace(/(?<!\/)\/+$/, "")}/${name}/`))
  const reasons: string[] = []
  for (const page of pages) {
    try {
      const found = await findOnPage(page, wheel.file, fetching)
      if (found !== undefined) return found
      reasons.push(`${hostOf(page)} has no ${wheel.file}`)
    } catch (thrown) {
      if (!(thrown instanceof IbidError) || thrown.code !== "download-failed") throw thrown
      reasons.push(`${hostOf(page)}: ${thrown.message.replace(/^Cannot download: /, "")}`)
    }
  }
  throw new IbidError(
    "download-failed",
    `Cannot find the package ${wheel.package}: ${reasons.join("; ") || "pip is configured without an index"}`,
  )
}

async function findOnPage(page: string, file: string, fetching: Fetching): Promise<string | undefined> {
  const { text, type, address } = await getText(page, ACCEPT, fetching)
  const found = type.includes("json") ? inJson(text, file) : inHtml(text, file)
  return indexLink(found, page, address)
}

const page = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) })

function inJson(text: string, file: string): string | undefined {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw failed("its page is not JSON", cause)
  }
  const parsed = page.safeParse(content)
  if (!parsed.success) throw failed("its page is not of the simple API")
  return parsed.data.files.find(({ filename }) => filename === file)?.url
}

/** The link whose address ends in the file's name. */
function inHtml(text: string, file: string): string | undefined {
  for (const [, quoted = ""] of text.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["']/gi)) {
    const href = quoted.replaceAll("&amp;", "&")
    const path = href.replace(/[?#].*$/, "")
    if (safelyDecoded(path).split("/").at(-1) === file) return href
  }
  return undefined
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a stray per cent sign: not the file that is looked for
  }
}

/** Addresses may hold a name and a password; what is shown holds the host alone. */
function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : "the index"
}
