import dgram from "node:dgram"
import dns from "node:dns"
import { syncBuiltinESMExports } from "node:module"
import net from "node:net"
import { IbidError } from "../src/core/errors.ts"

/**
 * Takes the network away from this process, for good: sockets, servers, names and `fetch` throw `forbidden`. A second
 * wall for processes that read what strangers wrote: no parser is asked to fetch anything, and none could.
 */
export function refuseNetwork(): void {
  const refuse = (): never => {
    throw new IbidError("forbidden", "Cannot connect: this process has no network")
  }
  net.Socket.prototype.connect = refuse
  net.connect = refuse
  net.createConnection = refuse
  net.Server.prototype.listen = refuse
  dgram.createSocket = refuse
  Object.assign(dns, { lookup: refuse, resolve: refuse, resolve4: refuse, resolve6: refuse })
  Object.assign(dns.promises, { lookup: refuse, resolve: refuse })
  Object.assign(globalThis, { fetch: refuse, WebSocket: undefined, EventSource: undefined })
  syncBuiltinESMExports()
}
