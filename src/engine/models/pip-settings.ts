import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

export interface PackageIndexes {
  /** Addresses of simple APIs, in order. */
  readonly addresses: readonly string[]
  /** Folders or pages with wheels (`find-links`). */
  readonly links: readonly string[]
  /** PEM file of the certificate authorities to trust, where pip names one. */
  readonly certificates: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Prints the address that pip falls back to. */
const ASK_PIP = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
const ASK_PIP_TIMEOUT_MS = 10_000

/**
 * Where pip would look: `PIP_INDEX_URL`, `PIP_EXTRA_INDEX_URL` and `PIP_FIND_LINKS`, else pip's configuration files
 * (global, user, virtual environment, `PIP_CONFIG_FILE`; later ones win), else the
 * index that an installed pip falls back to. Without any of these there is none.
 * https://pip.pypa.io/en/stable/topics/configuration/
 */
export function packageIndexes(environment: Environment): PackageIndexes {
  const settings = readPipConfiguration(environment)
  const value = (key: string) => environment[`PIP_${key.toUpperCase().replaceAll("-", "_")}`] ?? settings.get(key) ?? ""
  const list = (key: string) => value(key).split(/\s+/).filter(Boolean)
  const hasNoIndex = /^(1|true|yes|on)$/i.test(value("no-index"))
  const main = hasNoIndex ? undefined : (list("index-url")[0] ?? pipFallback())
  const further = hasNoIndex ? [] : list("extra-index-url")
  return {
    addresses: [...(main === undefined ? [] : [main]), ...further],
    links: list("find-links"),
    certificates: value("cert") || undefined,
  }
}

function pipFallback(): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", ASK_PIP], { encoding: "utf8", timeout: ASK_PIP_TIMEOUT_MS })
  return status === 0 && URL.canParse(stdout.trim()) ? stdout.trim() : undefined
}

function readPipConfiguration(environment: Environment): Map<string, string> {
  const home = environment["HOME"] ?? homedir()
  const own = environment["PIP_CONFIG_FILE"]
  if (own === "/dev/null") return new Map() // pip's own way to say: no configuration
  const user = [
    join(home, ".pip", "pip.conf"),
    join(environment["XDG_CONFIG_HOME"] ?? join(home, ".config"), "pip", "pip.conf"),
  ]
  const virtual = environment["VIRTUAL_ENV"]
  const files = [
    ...["/etc/xdg/pip/pip.conf", "/etc/pip.conf"],
    ...(own !== undefined && existsSync(own) ? [] : user),
    ...(virtual === undefined ? [] : [join(virtual, "pip.conf")]),
    ...(own === undefined ? [] : [own]),
  ]
  const sections = files.filter((file) => existsSync(file) && statSync(file).isFile()).map(readSections)
  // A command's own section wins over the global one, whichever file it stands in.
  return new Map([...sections.flatMap(({ global }) => [...global]), ...sections.flatMap(({ command }) => [...command])])
}

interface Sections {
  readonly global: ReadonlyMap<string, string>
  readonly command: ReadonlyMap<string, string>
}

/** Python's INI form: `key = value` or `key: value`, continued by indented lines. */
function readSections(file: string): Sections {
  const sections = { global: new Map<string, string>(), command: new Map<string, string>() }
  let into: Map<string, string> | undefined
  let key = ""
  for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue
    const heading = /^\[([^\]]+)\]\s*$/.exec(line)?.[1]
    const pair = /^(\S[^=:]*?)\s*[=:]\s*(.*)$/.exec(line)
    if (heading !== undefined) {
      into =
        heading === "global" ? sections.global : /^(install|download)$/.test(heading) ? sections.command : undefined
      key = ""
    } else if (pair !== null) {
      key = (pair[1] ?? "").toLowerCase().replaceAll("_", "-")
      into?.set(key, pair[2] ?? "")
    } else if (/^\s/.test(line) && key !== "") into?.set(key, `${into.get(key) ?? ""} ${line.trim()}`)
  }
  return sections
}
