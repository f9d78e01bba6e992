import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Buffer } from "node:buffer";
import { expect } from "chai";
import { parseHex, toHex } from "../../chain/primitives/index.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import type { SidecarServer } from "../../sidecar/grpc/server.js";
import type { Runtime } from "../../sidecar/types.js";
import { World, otherRuntimeOf, serve, tinyRuntime } from "../../test/replay/world.js";
import { runReplay } from "./replay-command.js";
import type { ReplayOptions } from "./replay-command.js";

/** A node's RPC as far as the job itself: what the command reads before it runs anything. */
function nodeOf(world: World): Server {
  return createServer((request, response) => {
    void (async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const { params } = JSON.parse(Buffer.concat(chunks).toString()) as { params: { path: string; data: string } };
      const isJob = params.path.endsWith("/Job") && model.QueryJobRequest.decode(parseHex(params.data)).jobId === world.job.id;
      const value = Buffer.from(model.QueryJobResponse.encode({ job: world.job })).toString("base64");
      const found = isJob ? { code: 0, value } : { code: 22, codespace: "sdk", log: `no such ${params.path}` };
      response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { response: found } }));
    })();
  });
}

interface Ended {
  readonly code: number;
  readonly said: string;
  readonly failed: string;
}

async function captured(run: () => Promise<number>): Promise<Ended> {
  const streams = [process.stdout, process.stderr] as const;
  const original = streams.map((stream) => stream.write.bind(stream));
  const said: [string[], string[]] = [[], []];
  streams.forEach((stream, i) => {
    stream.write = (text: string | Uint8Array): boolean => (said[i] ?? []).push(text.toString()) > 0;
  });
  try {
    const code = await run();
    return { code, said: said[0].join(""), failed: said[1].join("") };
  } finally {
    streams.forEach((stream, i) => (stream.write = original[i] as typeof stream.write));
  }
}

describe("openledgerd replay, before it runs anything", () => {
  let honest: Runtime;
  let world: World;
  let server: Server;
  let sidecar: SidecarServer;
  let options: ReplayOptions;

  before(async () => {
    const { runtime, baseId } = await tinyRuntime();
    honest = runtime;
    world = await World.create(baseId);
    const trainer = await serve({ ...honest, dispose: () => undefined });
    await world.train(trainer.client);
    await trainer.close();
    server = nodeOf(world).listen(0, "127.0.0.1");
    await once(server, "listening");
    const node = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    sidecar = createSidecarServer({ runtime: otherRuntimeOf(honest), listen: "127.0.0.1:0" });
    options = { node, gateway: node, sidecar: await sidecar.start(), wait: 1, json: false, dispute: false, gasPrice: "0.025uopen" };
  });
  after(async () => {
    server.close();
    await sidecar.stop();
    honest.dispose();
  });

  const replay = (change: Partial<ReplayOptions> = {}): Promise<Ended> => captured(() => runReplay(world.job.id, { ...options, ...change }));
  const trained = (): string => toHex(honest.info().runtimeId);
  const own = "ee".repeat(32);

  it("says that another runtime trained the job, and ends with 2", async () => {
    const text = `job 1: trained by another runtime (${trained()}), cannot be replayed with this one (${own})\n`;
    expect(await replay()).to.deep.equal({ code: 2, said: text, failed: "" });
  });

  it("says it as one line of JSON, too", async () => {
    const { code, said } = await replay({ json: true });
    expect(code).to.equal(2);
    expect(JSON.parse(said)).to.deep.equal({ job: "1", verdict: "other-runtime", exitCode: 2, trained: trained(), own });
    expect(said).to.match(/^[^\n]+\n$/);
  });

  it("neither accuses nor disputes then", async () => {
    const { code, said, failed } = await replay({ dispute: true, from: "/nowhere" });
    expect([code, failed]).to.deep.equal([2, ""]);
    expect(said).to.contain("trained by another runtime").and.not.to.contain("differs");
  });

  it("has no quarrel with a job that nobody has claimed: there is nothing to replay", async () => {
    const claimed = world.job;
    world.job = { ...claimed, runtimeId: new Uint8Array(0) };
    const { code, said, failed } = await replay();
    world.job = claimed;
    expect([code, said]).to.deep.equal([2, ""]);
    expect(failed).to.match(/^openledgerd replay: [^\n]*no such [^\n]+\n$/);
  });
}).timeout(60_000);
