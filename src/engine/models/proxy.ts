import { request } from "node:http"
import type { Socket } from "node:net"
import { failed } from "./http-errors.ts"

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy that the environment names for an address, by curl's rules: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const value = (name: string) => environment[name.toLowerCase()] ?? environment[name]
  const named = value(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY")
  if (named === undefined || named === "") return undefined
  const excluded = (value("NO_PROXY") ?? "").split(/[\s,]+/).filter(Boolean)
  const isExcluded = excluded.some((entry) => {
    const host = entry.replace(/^\*?\./, "").replace(/:\d+$/, "")
    return entry === "*" || url.hostname === host || url.hostname.endsWith(`.${host}`)
  })
  const address = named.includes("://") ? named : `http://${named}`
  if (isExcluded) return undefined
  const proxy = URL.canParse(address) ? new URL(address) : undefined
  if (proxy?.protocol !== "http:") throw failed("the proxy's address is not of http")
  return proxy
}

export function proxyCredentials({ username, password }: URL): Record<string, string> {
  if (username === "") return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` }
}

/** A tunnel to the address' host (`CONNECT`). Throws `download-failed` when the proxy refuses. */
export async function connectThroughProxy(proxy: URL, url: URL, signal: AbortSignal): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const host = `${url.hostname}:${url.port || 443}`
    const tunnel = request({
      ...{ host: proxy.hostname, port: proxy.port || 80, method: "CONNECT", path: host, agent: false, signal },
      headers: { host, ...proxyCredentials(proxy) },
    })
    tunnel.once("connect", (response, socket) => {
      if (response.statusCode === 200) return void resolve(socket as Socket)
      socket.destroy()
      reject(failed(`the proxy answered ${response.statusCode}`))
    })
    tunnel.once("response", (response) => {
      response.destroy()
      reject(failed(`the proxy answered ${response.statusCode}`))
    })
    tunnel.once("error", reject)
    tunnel.end()
  })
}
