import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { toHeight, toTimeNs, toVotingPower } from "../../chain/primitives/index.js";
import { testKey } from "../../chain/testkit/validators.js";
import { formatGenesis, parseGenesis } from "./genesis.js";
import type { GenesisDoc } from "./genesis.js";

const doc: GenesisDoc = {
  genesisTime: toTimeNs(1_790_000_000n, 123_000_000),
  chainId: "open-1",
  initialHeight: toHeight(1n),
  consensusParams: DEFAULT_CONSENSUS_PARAMS,
  validators: [0, 1].map((i) => ({
    publicKey: testKey(i).publicKey,
    power: toVotingPower(10n),
    name: `v${i}`,
  })),
  appHash: new Uint8Array(0),
  appState: { auth: { accounts: [] } },
};

const text = formatGenesis(doc);
const changed = (change: (json: Record<string, unknown>) => void): string => {
  const json = JSON.parse(text) as Record<string, unknown>;
  change(json);
  return JSON.stringify(json);
};

describe("the genesis document", () => {
  it("comes back as it was", () => {
    expect(parseGenesis(text)).to.deep.equal(doc);
    expect(formatGenesis(parseGenesis(text))).to.equal(text);
  });

  it("has the JSON types that CometBFT reads", () => {
    const json = JSON.parse(text) as Record<string, unknown>;
    expect(json).to.deep.include({
      genesis_time: "2026-09-21T14:13:20.123Z",
      initial_height: "1",
      app_hash: "",
    });
    expect(json).to.have.nested.property("consensus_params.block.max_bytes", "22020096");
    expect(json).to.have.nested.property("consensus_params.evidence.max_age_duration", "172800000000000");
    expect(json).to.have.nested.property("validators[0].pub_key.type", "tendermint/PubKeyEd25519");
  });

  const wrong: readonly (readonly [string, (json: Record<string, unknown>) => void])[] = [
    ["an unknown field", (j) => (j["extra"] = 1)],
    ["no chain id", (j) => delete j["chain_id"]],
    ["a chain id of 51 characters", (j) => (j["chain_id"] = "x".repeat(51))],
    ["a height as a number", (j) => (j["initial_height"] = 1)],
    ["height zero", (j) => (j["initial_height"] = "0")],
    ["a time that is none", (j) => (j["genesis_time"] = "yesterday")],
    ["no consensus parameters", (j) => delete j["consensus_params"]],
    ["an application hash that is not hex", (j) => (j["app_hash"] = "zz")],
    ["validators that are no list", (j) => (j["validators"] = {})],
    [
      "the same validator twice",
      (j) => (j["validators"] = [(j["validators"] as unknown[])[0], (j["validators"] as unknown[])[0]]),
    ],
    [
      "an address of another key",
      (j) =>
        ((j["validators"] as { address: string }[])[0] = {
          ...(j["validators"] as { address: string }[])[0],
          address: "00",
        }),
    ],
  ];
  for (const [what, change] of wrong) {
    it(`is refused with ${what}`, () => {
      expect(() => parseGenesis(changed(change)))
        .to.throw()
        .with.property("code", "config");
    });
  }

  it("is refused when it is not JSON", () => {
    expect(() => parseGenesis("{"))
      .to.throw()
      .with.property("code", "config");
  });
});
