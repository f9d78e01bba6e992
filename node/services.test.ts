import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createModules } from "../modules/app.js";
import { FakeChain } from "../test/rpc/fake-chain.js";
import { createQueryDoor } from "./grpc/index.js";
import { SERVICES } from "./services.js";
import { silentLogger } from "./telemetry/log.js";
import { TYPE_REGISTRY } from "./type-registry.js";

/** Answered by the kernel itself, whose messages it simulates. */
const KERNEL_PATHS = ["/cosmos.tx.v1beta1.Service/Simulate"];

function routedPaths(): readonly string[] {
  const { modules } = createModules({ valueOf: () => undefined } as never);
  const chain = new FakeChain();
  const build = { name: "", version: "", gitCommit: "" };
  const config = { minimumGasPrice: "", pruningKeepRecent: "", pruningInterval: "" };
  const door = createQueryDoor({ chain, index: {} as never, pool: chain.pool, build, config, log: silentLogger() });
  return [...modules.flatMap((m) => m.queries.map((q) => q.path)), ...KERNEL_PATHS, ...door.ownPaths];
}

const served = SERVICES.flatMap((s) => s.methods.map((m) => `/${s.typeName}/${m.name}`));

describe("the list of services", () => {
  it("names each service once", () => {
    const names = SERVICES.map((s) => s.typeName);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).to.deep.equal([]);
  });

  it("has every query that a module or the node answers", () => {
    const known = new Set(served);
    expect(routedPaths().filter((path) => !known.has(path))).to.deep.equal([]);
  });

  it("has no method that nobody answers", () => {
    const routed = new Set(routedPaths());
    expect(served.filter((path) => !routed.has(path))).to.deep.equal([]);
  });
});

/** Names of the messages in the generated files of a folder that can be signed, or stand in an Any. */
function anyTypes(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const text = readFileSync(join(dir, name), "utf8");
      const marked = text.matchAll(/defineMessage<\w+>\("([\w.]+)"(?:(?!defineMessage)[\s\S])*?\{ [^}\n]*(?:implements|signers): \[/g);
      return [...marked].flatMap(([, typeName]) => typeName ?? []);
    });
}

describe("the registry of types", () => {
  it("has every message that can be signed or stand in an Any", () => {
    const names = anyTypes(join(import.meta.dirname, "../proto/gen"));
    expect(names).to.include("cosmos.bank.v1beta1.MsgSend");
    expect(names).to.include("cosmos.feegrant.v1beta1.BasicAllowance");
    expect(names.filter((name) => TYPE_REGISTRY.find(`/${name}`) === undefined)).to.deep.equal([]);
  });
});
