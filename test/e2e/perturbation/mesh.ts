/** Wires between nodes that can be pulled: one relay for each ordered pair, and nobody knows another way. Tests only. */
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";

interface Wire {
  readonly from: number;
  readonly to: number;
  readonly port: number;
  readonly server: Server;
  readonly sockets: Set<Socket>;
  isCut: boolean;
}

export interface Mesh {
  /** Where node `from` reaches node `to`. */
  port(from: number, to: number): number;
  /** Ends what leads to and from this node, and refuses what is new. */
  cut(node: number): void;
  mend(node: number): void;
  stop(): Promise<void>;
}

function pass(wire: Wire, client: Socket, target: number): void {
  if (wire.isCut) return void client.destroy();
  const server = connect(target, "127.0.0.1");
  const sockets = [client, server];
  const end = (): void => {
    for (const socket of sockets) {
      wire.sockets.delete(socket);
      socket.destroy();
    }
  };
  for (const socket of sockets) {
    wire.sockets.add(socket);
    socket.on("error", end).on("close", end);
  }
  client.pipe(server);
  server.pipe(client);
}

async function layWire(from: number, to: number, target: number): Promise<Wire> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const wire: Wire = { from, to, port, server, sockets: new Set(), isCut: false };
  server.on("connection", (client) => pass(wire, client, target));
  return wire;
}

/** @param targets ports on which the nodes listen */
export async function createMesh(targets: readonly number[]): Promise<Mesh> {
  const wires: Wire[] = [];
  for (const from of targets.keys()) {
    for (const [to, target] of targets.entries()) if (from !== to) wires.push(await layWire(from, to, target));
  }
  const of = (node: number): Wire[] => wires.filter(({ from, to }) => from === node || to === node);
  return {
    port(from, to) {
      const wire = wires.find((w) => w.from === from && w.to === to);
      if (wire === undefined) throw new RangeError(`no wire from ${from} to ${to}`);
      return wire.port;
    },
    cut(node) {
      for (const wire of of(node)) {
        wire.isCut = true;
        for (const socket of wire.sockets) socket.destroy();
      }
    },
    mend(node) {
      for (const wire of of(node)) wire.isCut = false;
    },
    async stop() {
      for (const { server, sockets } of wires) {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
