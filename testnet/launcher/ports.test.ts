import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { choosePorts, isPortFree } from "./ports.js";

describe("port choice", () => {
  it("gives the first validator the standard ports where they are free", async () => {
    const [first] = await choosePorts(1, () => Promise.resolve(true));
    expect(first).to.deep.equal({ p2p: 26656, rpc: 26657, grpc: 9090, api: 1317, sidecar: 26670, comet: 27656 });
  });

  it("goes to the next free port, and gives none twice", async () => {
    const busy = new Set([26656, 26657, 9090]);
    const chosen = await choosePorts(16, (port) => Promise.resolve(!busy.has(port)));
    const all = chosen.flatMap((ports) => Object.values(ports) as number[]);
    expect(chosen[0]?.rpc).to.equal(26659);
    expect(chosen[0]?.grpc).to.equal(9091);
    expect(new Set(all).size).to.equal(16 * 6);
    expect(all.filter((port) => busy.has(port))).to.deep.equal([]);
  });

  it("says what to do when nothing is free", async () => {
    const failure = await choosePorts(1, () => Promise.resolve(false)).catch((error: unknown) => error);
    expect(String(failure)).to.contain("stop what listens there");
  });

  it("sees a port that is listened on", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isPortFree(port)).to.equal(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).to.equal(true);
  });
});
