import { createServer } from "node:net";

/** One more than the highest port there is. */
const PORT_END = 65_536;
/** How far from the preferred port to look. */
const REACH = 2_000;

/** Whether this host can listen there now. */
export function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** What a validator and its sidecar listen on. */
export interface ValidatorPorts {
  readonly p2p: number;
  readonly rpc: number;
  readonly grpc: number;
  readonly api: number;
  readonly sidecar: number;
  /** CometBFT's own network, where it is the engine. */
  readonly comet: number;
}

/** Standard ports (docs/ports.md), and how far apart those of two validators are. */
const STANDARD: Readonly<Record<keyof ValidatorPorts, { readonly first: number; readonly apart: number }>> = {
  p2p: { first: 26_656, apart: 100 },
  rpc: { first: 26_657, apart: 100 },
  grpc: { first: 9_090, apart: 10 },
  api: { first: 1_317, apart: 10 },
  sidecar: { first: 26_670, apart: 100 },
  comet: { first: 27_656, apart: 100 },
};

export type IsFree = (port: number) => Promise<boolean>;

async function nextFree(preferred: number, taken: ReadonlySet<number>, isFree: IsFree): Promise<number> {
  const end = Math.min(PORT_END, preferred + REACH);
  for (let port = preferred; port < end; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port in ${preferred}-${end - 1}: stop what listens there and start again`);
}

/**
 * Ports for so many validators: the standard ones for the first where they are free, the next free ones otherwise.
 * None is given twice.
 */
export async function choosePorts(count: number, isFree: IsFree = isPortFree): Promise<ValidatorPorts[]> {
  const taken = new Set<number>();
  const one = async (name: keyof ValidatorPorts, index: number): Promise<number> => {
    const { first, apart } = STANDARD[name];
    const port = await nextFree(first + index * apart, taken, isFree);
    taken.add(port);
    return port;
  };
  const chosen: ValidatorPorts[] = [];
  for (let i = 0; i < count; i++) {
    const p2p = await one("p2p", i);
    const rpc = await one("rpc", i);
    const grpc = await one("grpc", i);
    const api = await one("api", i);
    const sidecar = await one("sidecar", i);
    chosen.push({ p2p, rpc, grpc, api, sidecar, comet: await one("comet", i) });
  }
  return chosen;
}
