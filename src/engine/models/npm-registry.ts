import { spawnSync } from "node:child_process"
import { z } from "zod"
import { IbidError } from "../../core/errors.ts"
import { type Fetching, getText } from "./http.ts"
import { failed } from "./http-errors.ts"
import { indexLink } from "./index-link.ts"

export interface PackageRegistry {
  readonly address: string
  /** PEM file of the certificate authorities to trust, where npm names one. */
  readonly certificates: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

const ASK_NPM_TIMEOUT_MS = 20_000
const ACCEPT = "application/vnd.npm.install-v1+json, application/json;q=0.8"

/**
 * Where npm would look for a package: the registry of its scope (`@scope:registry`), else `npm_config_registry`, else
 * what an installed npm is set to. Without any of these there is none.
 * https://docs.npmjs.com/cli/v11/using-npm/config
 */
export function packageRegistry(packageName: string, environment: Environment): PackageRegistry | undefined {
  const variable = (name: string) =>
    environment[`npm_config_${name}`] ?? environment[`NPM_CONFIG_${name.toUpperCase()}`]
  const named = variable("registry")
  if (named !== undefined && named !== "") return { address: named, certificates: variable("cafile") || undefined }
  const settings = askNpm(environment)
  const address = settings[`${packageName.split("/")[0]}:registry`] ?? settings["registry"]
  if (typeof address !== "string") return undefined
  const certificates = settings["cafile"]
  return { address, certificates: typeof certificates === "string" ? certificates : undefined }
}

/** All settings of the npm that is installed, from its files and variables; empty without one. */
function askNpm(environment: Environment): Readonly<Record<string, unknown>> {
  const asked = spawnSync("npm", ["config", "list", "--json"], {
    ...{ encoding: "utf8", timeout: ASK_NPM_TIMEOUT_MS, env: environment },
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32", // npm is a script there
  })
  try {
    return asked.status === 0 ? z.record(z.string(), z.unknown()).parse(JSON.parse(asked.stdout)) : {}
  } catch {
    return {} // an npm that answers otherwise is none that can be asked
  }
}

const description = z.object({ versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.string() }) })) })

/** Address of a package's archive, from its description in the registry. Throws `download-failed`, `cancelled`. */
export async function findPackage(
  wanted: { readonly package: string; readonly version: string },
  registry: PackageRegistry | undefined,
  fetching: Fetching,
): Promise<string> {
  const notFound = (reason: string, cause?: unknown) =>
    new IbidError("download-failed", `Cannot find the package ${wanted.package}: ${reason}`, { cause })
  if (registry === undefined) throw notFound("npm is not installed or has no registry")
  const page = `${registry.address.replace(/(?<!\/)\/+$/, "")}/${wanted.package.replace("/", "%2f")}`
  const { text, address } = await getText(page, ACCEPT, fetching)
  const found = indexLink(read(text).versions[wanted.version]?.dist.tarball, page, address)
  if (found === undefined) throw notFound(`there is no version ${wanted.version}`)
  return found
}

function read(text: string): z.infer<typeof description> {
  try {
    return description.parse(JSON.parse(text))
  } catch (cause) {
    throw failed("its page is not of an npm registry", cause)
  }
}
