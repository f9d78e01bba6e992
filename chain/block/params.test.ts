import { expect } from "chai";
import fc from "fast-check";
import { toHex } from "../primitives/index.js";
import { ConsensusParams as WireParams } from "../../proto/gen/tendermint/types.js";
import { rejection } from "../testkit/rejects.js";
import {
  DEFAULT_CONSENSUS_PARAMS as defaults,
  checkConsensusParams,
  checkParamsUpdate,
  consensusParamsHash,
  consensusParamsToWire,
  decodeConsensusParams,
  encodeConsensusParams,
  mergeConsensusParams,
} from "./params.js";
import type { ConsensusParams } from "./types.js";

const anyParams: fc.Arbitrary<ConsensusParams> = fc.record({
  block: fc.record({
    maxBytes: fc.bigInt({ min: 1n, max: 104_857_600n }),
    maxGas: fc.bigInt({ min: -1n, max: 1n << 62n }),
  }),
  evidence: fc.record({
    maxAgeNumBlocks: fc.bigInt({ min: 1n, max: 1n << 62n }),
    maxAgeDurationNs: fc.bigInt({ min: 1n, max: (1n << 63n) - 1n }),
    maxBytes: fc.constant(0n),
  }),
  validator: fc.constant({ pubKeyTypes: ["ed25519"] }),
  version: fc.record({ app: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) }),
  abci: fc.record({ voteExtensionsEnableHeight: fc.bigInt({ min: 0n, max: 1n << 62n }) }),
});

const empty: WireParams = WireParams.create();

describe("consensus parameters", () => {
  it("pass through bytes", () => {
    fc.assert(
      fc.property(anyParams, (params) => {
        expect(decodeConsensusParams(encodeConsensusParams(params))).to.deep.equal(params);
      }),
    );
  });

  it("change only in the sections that an update sets", () => {
    expect(mergeConsensusParams(defaults, empty)).to.deep.equal(defaults);
    const block = { maxBytes: 2_000_000n, maxGas: 5n };
    expect(mergeConsensusParams(defaults, { ...empty, block })).to.deep.equal({ ...defaults, block });
    const abci = { voteExtensionsEnableHeight: 9n };
    expect(mergeConsensusParams(defaults, { ...empty, abci })).to.deep.equal({ ...defaults, abci });
    const wire = consensusParamsToWire({
      ...defaults,
      evidence: { ...defaults.evidence, maxAgeDurationNs: 1_000_000_007n },
    });
    expect(
      mergeConsensusParams(defaults, { ...empty, evidence: wire.evidence }).evidence.maxAgeDurationNs,
    ).to.equal(1_000_000_007n);
  });

  it("are checked after an update, not only before", () => {
    const block = { maxBytes: 1_000n, maxGas: -1n };
    expect(rejection(() => mergeConsensusParams(defaults, { ...empty, block }))).to.equal("comet/14");
  });

  it("are refused out of bounds, one by one", () => {
    const { block, evidence } = defaults;
    const wrong: ConsensusParams[] = [
      { ...defaults, block: { ...block, maxBytes: 0n } },
      { ...defaults, block: { ...block, maxBytes: -2n } },
      { ...defaults, block: { ...block, maxBytes: 104_857_601n } },
      { ...defaults, block: { ...block, maxGas: -2n } },
      { ...defaults, evidence: { ...evidence, maxAgeNumBlocks: 0n } },
      { ...defaults, evidence: { ...evidence, maxAgeDurationNs: 0n } },
      { ...defaults, evidence: { ...evidence, maxBytes: -1n } },
      { ...defaults, evidence: { ...evidence, maxBytes: block.maxBytes + 1n } },
      { ...defaults, validator: { pubKeyTypes: [] } },
      { ...defaults, validator: { pubKeyTypes: ["secp256k1"] } },
      { ...defaults, validator: { pubKeyTypes: ["ed25519", "secp256k1"] } },
      { ...defaults, abci: { voteExtensionsEnableHeight: -1n } },
    ];
    for (const params of wrong) expect(rejection(() => checkConsensusParams(params))).to.equal("comet/14");
    checkConsensusParams({ ...defaults, block: { maxBytes: -1n, maxGas: -1n } });
  });

  it("are refused with a section missing or a duration that is negative or too long", () => {
    const wire = consensusParamsToWire(defaults);
    for (const name of ["block", "evidence", "validator", "version", "abci"] as const) {
      expect(
        rejection(() => decodeConsensusParams(WireParams.encode({ ...wire, [name]: undefined }))),
      ).to.equal("comet/2");
    }
    const evidence = wire.evidence ?? expect.fail("evidence");
    for (const maxAgeDuration of [
      { seconds: -1n, nanos: 0 },
      { seconds: 1n, nanos: -1 },
      { seconds: 1n << 40n, nanos: 0 },
      { seconds: 1n, nanos: 1_000_000_000 },
    ]) {
      const bytes = WireParams.encode({ ...wire, evidence: { ...evidence, maxAgeDuration } });
      expect(rejection(() => decodeConsensusParams(bytes))).to.equal("comet/4");
    }
  });

  it("hash the block limits only", () => {
    const hash = toHex(consensusParamsHash(defaults));
    const other: ConsensusParams = { ...defaults, version: { app: 3n } };
    expect(toHex(consensusParamsHash(other))).to.equal(hash);
    expect(
      toHex(consensusParamsHash({ ...defaults, block: { ...defaults.block, maxGas: 1n } })),
    ).to.not.equal(hash);
  });

  it("turn vote extensions on once and for a height to come", () => {
    const at = (height: bigint): ConsensusParams => ({
      ...defaults,
      abci: { voteExtensionsEnableHeight: height },
    });
    checkParamsUpdate(at(0n), at(10n), 9n);
    checkParamsUpdate(at(10n), at(12n), 9n);
    checkParamsUpdate(at(10n), at(0n), 9n);
    checkParamsUpdate(at(10n), at(10n), 20n);
    for (const [before, after, height] of [
      [0n, 10n, 10n],
      [10n, 0n, 10n],
      [10n, 30n, 20n],
    ] as const) {
      expect(rejection(() => checkParamsUpdate(at(before), at(after), height))).to.equal("comet/14");
    }
  });
});
