import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { IbidError } from "../../core/errors.ts"
import { fetchText } from "./download.ts"

export interface PackageIndexes {
  /** Addresses of simple APIs, in order. */
  readonly addresses: readonly string[]
  /** Folders or pages with wheels (`find-links`). */
  readonly links: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_INDEX = "https://pypi.org/simple/"
const ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

/**
 * Where pip would look: `PIP_INDEX_URL`, `PIP_EXTRA_INDEX_URL` and `PIP_FIND_LINKS`, else pip's configuration files
 * (global, user, virtual environment, `PIP_CONFIG_FILE`; later ones win), else the public index.
 */
export function packageIndexes(environment: Environment): PackageIndexes {
  const settings = readPipConfiguration(environment)
  const value = (variable: string, key: string) => environment[variable] ?? settings.get(key) ?? ""
  const list = (text: string) => text.split(/\s+/).filter(Boolean)
  const noIndex = /^(1|true|yes|on)$/i.test(value("PIP_NO_INDEX", "no-index"))
  const main = list(value("PIP_INDEX_URL", "index-url"))[0] ?? DEFAULT_INDEX
  return {
    addresses: noIndex ? [] : [main, ...list(value("PIP_EXTRA_INDEX_URL", "extra-index-url"))],
    links: list(value("PIP_FIND_LINKS", "find-links")),
  }
}

/**
 * Address of a wheel on the first index that has it, or the path of a local file. Simple repository API, JSON (PEP 691)
 * or HTML (PEP 503). Throws `download-failed` with the reason of each index.
 */
export async function findWheel(
  wheel: { readonly package: string; readonly file: string },
  indexes: PackageIndexes,
  signal?: AbortSignal,
): Promise<string> {
  for (const link of indexes.links) {
    const folder = link.startsWith("file:") ? fileURLToPath(link) : link
    if (/^https?:/.test(folder) || !existsSync(folder) || !statSync(folder).isDirectory()) continue
    if (readdirSync(folder).includes(wheel.file)) return join(folder, wheel.file)
  }
  const reasons: string[] = []
  const name = wheel.package.toLowerCase().replace(/[-_.]+/g, "-")
  for (const address of indexes.addresses) {
    try {
      const page = await fetchText(`${address.replace(/\/+$/, "")}/${name}/`, ACCEPT, signal)
      const found = page.type.includes("json") ? inJson(page.text, wheel.file) : inHtml(page.text, wheel.file)
      if (found !== undefined) return new URL(found, page.address).href
      reasons.push(`${hostOf(address)} has no ${wheel.file}`)
    } catch (thrown) {
      if (!(thrown instanceof IbidError) || thrown.code === "cancelled") throw thrown
      reasons.push(`${hostOf(address)}: ${thrown.message.replace(/^Cannot download: /, "")}`)
    }
  }
  throw new IbidError(
    "download-failed",
    `Cannot find the package ${wheel.package}: ${reasons.join("; ") || "there is no index"}`,
  )
}

function inJson(text: string, file: string): string | undefined {
  const page: unknown = JSON.parse(text)
  const files =
    typeof page === "object" && page !== null && "files" in page && Array.isArray(page.files) ? page.files : []
  const found: unknown = files.find((candidate: unknown) => isNamed(candidate, file))
  return isNamed(found, file) ? found.url : undefined
}

function isNamed(candidate: unknown, file: string): candidate is { readonly url: string } {
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    "filename" in candidate &&
    candidate.filename === file &&
    "url" in candidate &&
    typeof candidate.url === "string"
  )
}

function inHtml(text: string, file: string): string | undefined {
  for (const [, href, label] of text.matchAll(/<a\s[^>]*href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)</gi)) {
    if (label?.trim() === file) return href?.replaceAll("&amp;", "&").replace(/#.*$/, "")
  }
  return undefined
}

/** The `[global]`, `[install]` and `[download]` sections, in which pip keeps its index. */
function readPipConfiguration(environment: Environment): Map<string, string> {
  const home = environment["HOME"] ?? homedir()
  const own = environment["PIP_CONFIG_FILE"]
  const files = [
    "/etc/pip.conf",
    join(home, ".pip", "pip.conf"),
    join(environment["XDG_CONFIG_HOME"] ?? join(home, ".config"), "pip", "pip.conf"),
    ...(environment["VIRTUAL_ENV"] === undefined ? [] : [join(environment["VIRTUAL_ENV"], "pip.conf")]),
    ...(own === undefined ? [] : [own]),
  ]
  const settings = new Map<string, string>()
  if (own === "/dev/null") return settings
  for (const file of files) {
    if (!existsSync(file) || !statSync(file).isFile()) continue
    let section = ""
    let key = ""
    for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
      const heading = /^\s*\[([^\]]+)\]\s*$/.exec(line)
      const pair = /^([^\s#;=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line)
      if (heading !== null) section = heading[1] ?? ""
      else if (!["global", "install", "download"].includes(section)) continue
      else if (pair !== null) {
        key = (pair[1] ?? "").toLowerCase().replaceAll("_", "-")
        settings.set(key, pair[2] ?? "")
      } else if (/^\s+\S/.test(line) && key !== "") settings.set(key, `${settings.get(key) ?? ""} ${line.trim()}`)
    }
  }
  return settings
}

/** Addresses may hold a name and a password; what is shown holds the host alone. */
function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : "the index"
}
