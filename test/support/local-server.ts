import type { Server } from "node:http"
import type { AddressInfo } from "node:net"

/** Listens on a free port of the loopback interface. */
export async function serve(server: Server): Promise<{ readonly address: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
