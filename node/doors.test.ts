import { Client, Metadata, credentials } from "@grpc/grpc-js";
import { expect } from "chai";
import { anyToJson, formatAddress } from "../chain/codec/index.js";
import { moduleAddress } from "../chain/crypto/index.js";
import { startLiveNode } from "../test/doors/live-node.js";
import type { LiveNode } from "../test/doors/live-node.js";
import { OPTIONS, placeOf } from "./config/options.js";
import { DEFAULT_GRPC_OPTIONS } from "./grpc/index.js";
import { DEFAULT_REST_OPTIONS, createRoutes } from "./rest/index.js";
import type { RestRoute } from "./rest/index.js";
import { DEFAULT_RPC_OPTIONS } from "./rpc/index.js";
import { SERVICES } from "./services.js";
import { TYPE_REGISTRY } from "./type-registry.js";

const ALICE = formatAddress(moduleAddress("alice"));
/** Whose answers depend on the state at a height alone. */
const MODULES = SERVICES.filter((s) => s.typeName.endsWith(".Query"));
const HEIGHT = "2";

/** What a door said: the answer in JSON, or the number of a gRPC status. */
type Said = { readonly json: unknown } | { readonly code: number };

describe("the three doors", function () {
  this.timeout(60_000);
  let node: LiveNode;
  let client: Client;
  let answered = 0;
  before(async () => {
    node = await startLiveNode({ accounts: [{ address: ALICE, uopen: 7_000_000n }], operator: ALICE });
    await node.reached(3n);
    client = new Client(`127.0.0.1:${node.grpcPort}`, credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await node.stop();
  });

  async function byRest({ rule }: RestRoute): Promise<Said> {
    const response = await fetch(node.api + rule.path, { headers: { "x-cosmos-block-height": HEIGHT } });
    const json = (await response.json()) as { readonly code: number };
    return response.status === 200 ? { json } : { code: json.code };
  }

  function jsonOf({ method }: RestRoute, value: Uint8Array): unknown {
    return anyToJson(method.response, method.response.decode(value), TYPE_REGISTRY);
  }

  function byGrpc(route: RestRoute): Promise<Said> {
    const metadata = new Metadata();
    metadata.set("x-cosmos-block-height", HEIGHT);
    const same = (bytes: Buffer): Buffer => bytes;
    return new Promise((resolve) => {
      client.makeUnaryRequest(route.query, same, same, Buffer.alloc(0), metadata, (error, value) => {
        resolve(error === null ? { json: jsonOf(route, value ?? Buffer.alloc(0)) } : { code: error.code });
      });
    });
  }

  async function byRpc(route: RestRoute): Promise<unknown> {
    const url = `${node.rpc}/abci_query?path="${route.query}"&height=${HEIGHT}`;
    const { result } = (await (await fetch(url)).json()) as { result: { response: { code: number; value: string | null } } };
    const { code, value } = result.response;
    return code === 0 ? { json: jsonOf(route, Buffer.from(value ?? "", "base64")) } : "refused";
  }

  for (const service of MODULES) {
    const routes = createRoutes([service]).all.filter((r) => r.rule.verb === "GET" && !r.rule.path.includes("{"));
    if (routes.length === 0) continue;
    it(`answer alike for ${service.typeName}`, async () => {
      for (const route of routes) {
        const said = await byRest(route);
        expect(await byGrpc(route), route.query).to.deep.equal(said);
        expect(await byRpc(route), route.query).to.deep.equal("json" in said ? said : "refused");
        if ("json" in said) answered++;
      }
    });
  }

  it("have answered most of what can be asked without a name", () => {
    expect(answered).to.be.greaterThan(35);
  });

  it("give the holders of a coin by path and by query", async () => {
    const read = async (path: string): Promise<unknown> => (await fetch(node.api + path)).json();
    const byPath = await read("/cosmos/bank/v1beta1/denom_owners/uopen");
    expect(byPath).to.have.property("denom_owners").that.deep.includes({ address: ALICE, balance: { denom: "uopen", amount: "7000000" } });
    expect(await read("/cosmos/bank/v1beta1/denom_owners_by_query?denom=uopen")).to.deep.equal(byPath);
  });

  it("listen on loopback unless they are told otherwise", () => {
    for (const { host } of [DEFAULT_REST_OPTIONS, DEFAULT_GRPC_OPTIONS, DEFAULT_RPC_OPTIONS]) expect(host).to.equal("127.0.0.1");
    const addresses = OPTIONS.filter((o) => /address|laddr|listen_addr/.test(o.name) && o.file !== "client" && o.value !== "");
    expect(addresses).to.have.length.greaterThan(3);
    for (const option of addresses) expect(String(option.value), placeOf(option)).to.match(/^(tcp:\/\/)?127\.0\.0\.1:/);
  });
});
