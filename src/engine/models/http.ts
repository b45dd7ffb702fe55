import { existsSync, readFileSync, statSync } from "node:fs"
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { rootCertificates, connect as startTls } from "node:tls"
import { IbidError, throwIfAborted } from "../../core/errors.ts"
import { failed, reasonOf } from "./http-errors.ts"
import { connectThroughProxy, proxyCredentials, proxyFor } from "./proxy.ts"

export interface Fetching {
  /** Names proxies (`HTTPS_PROXY`, `NO_PROXY`) and certificates (`PIP_CERT`, `SSL_CERT_FILE`, …). */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  /** The address after redirects. */
  readonly address: string
  readonly body: IncomingMessage
}

const ANSWER_TIMEOUT_MS = 8_000
const STALL_TIMEOUT_MS = 30_000
const MOST_REDIRECTS = 5

/**
 * GET by Node's own client: unlike `fetch` it takes proxies, a company's certificates and addresses with a password.
 * Redirects are followed, never from https to http. Throws `download-failed` when no answer begins within 8 seconds, and
 * `cancelled`; the body fails when no byte comes for 30 seconds.
 */
export async function get(address: string, headers: Record<string, string>, fetching: Fetching): Promise<Reply> {
  let url = parseAddress(address)
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const body = await send(url, { ...headers, "accept-encoding": "identity" }, fetching)
    const status = body.statusCode ?? 0
    const location = body.headers.location
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      return { status, headers: body.headers, address: url.href, body }
    }
    body.destroy()
    const next = parseAddress(location, url)
    if (url.protocol === "https:" && next.protocol === "http:") throw failed("it leads from https to http")
    url = next
  }
  throw failed("it redirects without end")
}

/** A small text, such as an index page. Throws `download-failed`, `cancelled`. */
export async function getText(
  address: string,
  accept: string,
  fetching: Fetching,
): Promise<{ readonly text: string; readonly type: string; readonly address: string }> {
  const reply = await get(address, { accept }, fetching)
  if (reply.status !== 200) {
    reply.body.destroy()
    throw failed(`the server answered ${reply.status}`)
  }
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    for await (const piece of reply.body) {
      pieces.push(piece as Buffer)
      bytes += (piece as Buffer).length
      if (bytes > MOST_TEXT_BYTES) throw failed("the index page is too large")
    }
  } catch (thrown) {
    throwIfAborted(fetching.signal)
    throw thrown instanceof IbidError ? thrown : failed(reasonOf(thrown), thrown)
  }
  return {
    text: Buffer.concat(pieces).toString("utf8"),
    type: reply.headers["content-type"] ?? "",
    address: reply.address,
  }
}

const MOST_TEXT_BYTES = 64 * 1024 * 1024

async function send(url: URL, headers: Record<string, string>, fetching: Fetching): Promise<IncomingMessage> {
  throwIfAborted(fetching.signal)
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), ANSWER_TIMEOUT_MS)
  const { signal } = fetching
  const both = signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal])
  try {
    const options = await connection(url, headers, fetching, both)
    return await new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, (response) => {
        // The request's signal ends with the answer's begin; from here on the caller's alone counts.
        const onAbort = () => response.destroy(new IbidError("cancelled", "The request was cancelled"))
        signal?.addEventListener("abort", onAbort, { once: true })
        response.once("close", () => signal?.removeEventListener("abort", onAbort))
        resolve(response)
      })
      const onStop = () => request.destroy(new Error("stopped"))
      both.addEventListener("abort", onStop, { once: true })
      request.once("response", () => both.removeEventListener("abort", onStop))
      request.setTimeout(STALL_TIMEOUT_MS, () => request.destroy(new Error("no more data came")))
      request.once("error", reject)
      request.end()
    })
  } catch (thrown) {
    throwIfAborted(signal)
    if (silence.signal.aborted) throw failed(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`, thrown)
    throw thrown instanceof IbidError ? thrown : failed(reasonOf(thrown), thrown)
  } finally {
    clearTimeout(timer)
  }
}

/** How to reach the address: straight, or through the proxy that the environment names. */
async function connection(
  url: URL,
  headers: Record<string, string>,
  { environment }: Fetching,
  signal: AbortSignal,
): Promise<RequestOptions> {
  const proxy = proxyFor(url, environment)
  const ca = url.protocol === "https:" ? certificates(environment) : undefined
  const trusted = ca === undefined ? {} : { ca }
  if (proxy === undefined) return { headers, agent: false, ...trusted }
  if (url.protocol === "http:") {
    return {
      ...{
        agent: false,
        hostname: proxy.hostname,
        port: proxy.port || 80,
        path: `${url.origin}${url.pathname}${url.search}`,
      },
      headers: { ...headers, host: url.host, ...proxyCredentials(proxy) },
    }
  }
  const socket = await connectThroughProxy(proxy, url, signal)
  // With an agent, `false` included, Node would not ask `createConnection`.
  return { headers, createConnection: () => startTls({ socket, servername: url.hostname, ...trusted }) }
}

/** The public certificate authorities and those that the environment adds, or `undefined` for Node's own choice. */
function certificates(environment: Fetching["environment"]): string[] | undefined {
  const named = CERTIFICATE_VARIABLES.map((name) => environment[name]).find(isFile)
  if (named === undefined) return undefined
  const extra = [named, environment["NODE_EXTRA_CA_CERTS"]].filter(isFile)
  return [...rootCertificates, ...extra.map((path) => readFileSync(path, "utf8"))]
}

const CERTIFICATE_VARIABLES = ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]

function isFile(path: string | undefined): path is string {
  return path !== undefined && path !== "" && existsSync(path) && statSync(path).isFile()
}

function parseAddress(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw failed("the address is not of http or https")
  return url
}
