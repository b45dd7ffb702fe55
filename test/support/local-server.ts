import type { AddressInfo, Server, Socket } from "node:net"

/** Listens on a free port of the loopback interface; closing ends its connections too, tunnels included. */
export async function serve(server: Server): Promise<{ readonly address: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
