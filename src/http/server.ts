import type { Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { serve } from "@hono/node-server"
import { IbidError } from "../core/errors.ts"
import type { HttpApp } from "./environment.ts"

export interface RunningServer {
  /** Such as `http://127.0.0.1:8787`. */
  readonly address: string
  /** Takes no new requests, gives those under way five seconds. */
  close(): Promise<void>
}

const HEADERS_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 10 * 60_000
const CLOSE_TIMEOUT_MS = 5_000
const SWEEP_MS = 50
/** Node sets none; each open socket costs memory, also one that never sends anything. */
const MOST_CONNECTIONS = 512

/** Listens; port 0 takes a free one. Throws `port-in-use`, `permission-denied`. */
export async function startServer(
  app: HttpApp,
  options: { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const { host, port } = options
  return await new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (info) => {
      const name = host.includes(":") ? `[${host}]` : host
      resolve({ address: `http://${name}:${info.port}`, close: () => close(server, closeUnused) })
    }) as Server
    const { closeUnused } = trackConnections(server)
    server.headersTimeout = HEADERS_TIMEOUT_MS
    server.requestTimeout = REQUEST_TIMEOUT_MS
    server.maxConnections = MOST_CONNECTIONS
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code === "EADDRINUSE") {
        reject(
          new IbidError(
            "port-in-use",
            `Cannot listen on ${host}:${port}: the port is in use; choose another with --port`,
            { cause },
          ),
        )
      } else if (cause.code === "EACCES") {
        reject(new IbidError("permission-denied", `Cannot listen on ${host}:${port}: permission denied`, { cause }))
      } else if (cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND") {
        reject(
          new IbidError("invalid-request", `Cannot listen on ${host}:${port}: this machine has no such address`, {
            cause,
          }),
        )
      } else reject(cause)
    })
  })
}

/** Knows which connections carry a request: Node does not count one that has sent nothing yet as idle. */
function trackConnections(server: Server): { readonly closeUnused: () => void } {
  const sockets = new Set<Socket>()
  const open = new Set<ServerResponse>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("request", (_request, response) => {
    open.add(response)
    response.once("close", () => open.delete(response))
  })
  return {
    closeUnused: () => {
      const used = new Set([...open].map((response) => response.req.socket))
      for (const socket of sockets) if (!used.has(socket)) socket.destroy()
    },
  }
}

async function close(server: Server, closeUnused: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  closeUnused()
  // a connection is unused when its request ends, and would stay open for the client's next one
  const sweep = setInterval(closeUnused, SWEEP_MS)
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(timer)
}
