import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { SERVICES } from "../services.js";
import { startLiveNode } from "../../test/doors/live-node.js";
import type { LiveNode } from "../../test/doors/live-node.js";
import { findGrpcurl } from "./testkit/grpcurl.js";

const run = promisify(execFile);
const ALICE = formatAddress(moduleAddress("alice"));

/** Calls that need no more than a request of defaults, or what is given here: one at least of each service. */
const CALLS: Readonly<Record<string, readonly [method: string, request: object]>> = {
  "cosmos.auth.v1beta1.Query": ["Params", {}],
  "cosmos.bank.v1beta1.Query": ["AllBalances", { address: ALICE }],
  "cosmos.feegrant.v1beta1.Query": ["AllowancesByGranter", { granter: ALICE }],
  "cosmos.authz.v1beta1.Query": ["GranterGrants", { granter: ALICE }],
  "cosmos.evidence.v1beta1.Query": ["AllEvidence", {}],
  "cosmos.upgrade.v1beta1.Query": ["ModuleVersions", {}],
  "cosmos.gov.v1.Query": ["Constitution", {}],
  "cosmos.gov.v1beta1.Query": ["Proposals", {}],
  "cosmos.base.tendermint.v1beta1.Service": ["GetLatestBlock", {}],
  "cosmos.base.node.v1beta1.Service": ["Config", {}],
  "cosmos.tx.v1beta1.Service": ["GetBlockWithTxs", { height: "1" }],
  "cosmos.base.reflection.v1beta1.ReflectionService": ["ListAllInterfaces", {}],
};

describe("gRPC as grpcurl uses it", function () {
  this.timeout(120_000);
  const grpcurl = findGrpcurl();
  let node: LiveNode | undefined;

  before(async function () {
    if (grpcurl === undefined) {
      process.stdout.write("      skipped: grpcurl is not installed (go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest)\n");
      this.skip();
    }
    node = await startLiveNode({ accounts: [{ address: ALICE, uopen: 5_000_000n }], operator: ALICE });
    await node.reached(2n);
  });
  after(() => node?.stop());

  async function call(flags: readonly string[], ...rest: readonly string[]): Promise<string> {
    if (grpcurl === undefined || node === undefined) throw new Error("not started");
    const args = ["-plaintext", ...flags, `127.0.0.1:${node.grpcPort}`, ...rest];
    return (await run(grpcurl, args, { maxBuffer: 1 << 26 })).stdout;
  }

  it("lists every service", async () => {
    const listed = (await call([], "list")).trim().split("\n");
    expect(listed).to.include.members(SERVICES.map((s) => s.typeName));
    expect(listed).to.include("grpc.reflection.v1alpha.ServerReflection");
  });

  for (const service of SERVICES) {
    it(`describes and calls ${service.typeName}`, async () => {
      const described = await call([], "describe", service.typeName);
      for (const { name } of service.methods) expect(described).to.contain(`rpc ${name} (`);
      for (const { request } of service.methods.slice(0, 3)) {
        expect(await call([], "describe", request.typeName)).to.contain(`${request.typeName} is a message`);
      }
      const [method, request] = CALLS[service.typeName] ?? ["Params", {}];
      const answer: unknown = JSON.parse(await call(["-emit-defaults", "-d", JSON.stringify(request)], `${service.typeName}/${method}`));
      expect(answer).to.be.an("object").that.is.not.empty;
    });
  }

  it("reads state at a height, and is told it", async () => {
    const verbose = await call(["-v", "-H", "x-cosmos-block-height: 1"], "cosmos.bank.v1beta1.Query/TotalSupply");
    expect(verbose).to.contain("x-cosmos-block-height: 1");
    const failed = await call(["-H", "x-cosmos-block-height: 999999"], "cosmos.bank.v1beta1.Query/TotalSupply").catch((e: unknown) => e);
    expect((failed as { stderr: string }).stderr).to.contain("cannot query with height in the future");
  });
});
