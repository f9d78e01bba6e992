import { expect } from "chai";
import type { Misbehavior } from "../../chain/abci/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { formatAddress, formatConsensusAddress } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { initConsensusState } from "../../chain/kernel/consensus-state.js";
import { toAddress, toHeight, toHex, toTimeNs, toUpperHex, toVotingPower } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { createStakes } from "../../chain/testkit/stakes.js";
import {
  Equivocation,
  MsgSubmitEvidence,
  MsgSubmitEvidenceResponse,
  QueryAllEvidenceRequest,
  QueryAllEvidenceResponse,
  QueryEvidenceRequest,
  QueryEvidenceResponse,
} from "../../proto/gen/cosmos/evidence/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { checkEquivocation, equivocationOf, hashOf } from "./equivocation.js";
import { EvidenceError } from "./errors.js";
import { createEvidenceModule } from "./module.js";
import { EVIDENCE_STORE, evidenceState } from "./state.js";

const HEIGHT = 200_000n;
const NOW = 1_800_000_000n;

/** Three validators; what punishment is asked for is written down. */
function bench() {
  const stakes = createStakes([10n, 20n, 30n]);
  const ctx = createScratchContext();
  const punished: { readonly who: string; readonly height: bigint; readonly power: bigint }[] = [];
  const slashing = {
    isTombstoned: (_: unknown, validator: Address) => punished.some((p) => p.who === toHex(validator)),
    punishDoubleSign: (_: unknown, fault: { consensusAddress: Address; height: bigint; power: bigint }) =>
      void punished.push({ who: toHex(fault.consensusAddress), height: fault.height, power: fault.power }),
  };
  initConsensusState(ctx, { chainId: "c", params: DEFAULT_CONSENSUS_PARAMS, time: toTimeNs(0n, 0), height: toHeight(0n) });
  ctx.block = { ...ctx.block, height: toHeight(HEIGHT), time: toTimeNs(NOW, 0) };
  const module = createEvidenceModule(stakes.port, slashing);
  const caught = (i: number, change: Partial<Misbehavior> = {}): Misbehavior => {
    const { consensusAddress: address, stakedPower: power } = stakes.at(i);
    return {
      kind: "duplicate-vote",
      validator: { address, power },
      height: toHeight(HEIGHT - 3n),
      time: toTimeNs(NOW - 15n, 7),
      totalVotingPower: toVotingPower(60n),
      ...change,
    };
  };
  const begin = (...misbehavior: Misbehavior[]): void => {
    ctx.misbehavior = misbehavior;
    module.beginBlock?.(ctx);
    expect(brokenInvariant(ctx, [module])).to.equal(undefined);
  };
  const kept = (): Equivocation[] => [...evidenceState.read(ctx.store(EVIDENCE_STORE)).convictions.values()];
  return { stakes, ctx, module, punished, caught, begin, kept };
}

describe("a double sign that the engine proved", () => {
  it("is punished with the height and the power of the fault, and kept", () => {
    const { begin, caught, punished, kept, stakes } = bench();
    begin(caught(1, { validator: { address: stakes.at(1).consensusAddress, power: toVotingPower(17n) } }));
    const { consensusAddress } = stakes.at(1);
    expect(punished).to.deep.equal([{ who: toHex(consensusAddress), height: HEIGHT - 3n, power: 17n }]);
    expect(kept()).to.deep.equal([
      { height: HEIGHT - 3n, time: { seconds: NOW - 15n, nanos: 7 }, power: 17n, consensusAddress: formatConsensusAddress(consensusAddress) },
    ]);
  });

  it("is punished once, however often and in whatever form it is told", () => {
    const { begin, caught, punished, kept } = bench();
    begin(caught(1), caught(1), caught(1, { height: toHeight(HEIGHT - 2n) }));
    begin(caught(1, { kind: "light-client-attack", height: toHeight(HEIGHT - 1n) }));
    expect(punished).to.have.length(1);
    expect(kept()).to.have.length(1);
  });

  it("counts alike when a light client was deceived with it", () => {
    const { begin, caught, punished } = bench();
    begin(caught(0, { kind: "light-client-attack" }), caught(2));
    expect(punished).to.have.length(2);
  });

  it("convicts those who are leaving or in jail, and not those who have left or were never there", () => {
    const { begin, caught, punished, stakes } = bench();
    stakes.change(0, { status: "unbonding" });
    stakes.change(1, { isJailed: true });
    stakes.change(2, { status: "unbonded" });
    begin(caught(0), caught(1), caught(2), caught(0, { validator: { address: new Uint8Array(20), power: toVotingPower(1n) } }));
    expect(punished.map((p) => p.who)).to.deep.equal([0, 1].map((i) => toHex(stakes.at(i).consensusAddress)));
  });

  it("is too old only when both its blocks and its time are", () => {
    const { maxAgeNumBlocks: blocks, maxAgeDurationNs: ns } = DEFAULT_CONSENSUS_PARAMS.evidence;
    const seconds = ns / 1_000_000_000n;
    const cases: readonly (readonly [bigint, bigint, number])[] = [
      [blocks, seconds + 1n, 1],
      [blocks + 1n, seconds, 1],
      [blocks + 1n, seconds + 1n, 0],
    ];
    for (const [age, old, count] of cases) {
      const { begin, caught, punished } = bench();
      begin(caught(1, { height: toHeight(HEIGHT - age), time: toTimeNs(NOW - old, 0) }));
      expect(punished, `${age} blocks, ${old} s`).to.have.length(count);
    }
  });
});

describe("evidence in a transaction", () => {
  const submitter = formatAddress(toAddress(new Uint8Array(20).fill(1)));
  const anyOf = (evidence: Equivocation): Any => ({ typeUrl: `/${Equivocation.typeName}`, value: Equivocation.encode(evidence) });
  const submit = ({ ctx, module }: ReturnType<typeof bench>, evidence: Any | undefined, from = submitter) =>
    deliver(ctx, [module], { codec: MsgSubmitEvidence, message: { submitter: from, evidence }, response: MsgSubmitEvidenceResponse });

  it("is refused as the SDK refuses it: without a handler, known, missing, impossible or of another type", () => {
    const world = bench();
    const { caught, begin } = world;
    const good = equivocationOf(caught(1));
    expect(() => submit(world, anyOf(good))).to.throw("equivocation: unregistered handler for evidence type");
    begin(caught(1));
    expect(() => submit(world, anyOf(good))).to.throw(`${toUpperHex(hashOf(good))}: evidence already exists`);
    expect(rejection(() => submit(world, anyOf(good)))).to.equal("evidence/5");
    expect(rejection(() => submit(world, anyOf({ ...good, height: 1n })))).to.equal("evidence/2");
    expect(() => submit(world, undefined)).to.throw("missing evidence: invalid evidence");
    expect(() => submit(world, anyOf({ ...good, height: 0n }))).to.throw("failed basic validation: invalid equivocation height: 0: invalid evidence");
    expect(rejection(() => submit(world, { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: new Uint8Array(0) }))).to.equal("sdk/2");
    expect(rejection(() => submit(world, { typeUrl: `/${Equivocation.typeName}`, value: new Uint8Array([255]) }))).to.equal("sdk/2");
    expect(rejection(() => submit(world, anyOf(good), "nobody"))).to.equal("sdk/7");
  });

  it("is impossible without a time, a height, a power or a validator", () => {
    const good = equivocationOf(bench().caught(1));
    checkEquivocation(good);
    checkEquivocation({ ...good, time: { seconds: 1n, nanos: 0 }, height: 1n, power: 1n });
    const bad: readonly Partial<Equivocation>[] = [
      { time: { seconds: 0n, nanos: 1 } },
      { height: -1n },
      { power: 0n },
      { consensusAddress: "" },
    ];
    for (const change of bad) expect(rejection(() => checkEquivocation({ ...good, ...change }))).to.equal("evidence/3");
  });

  it("pins the error codes", () => {
    expect(Object.values(EvidenceError).map((make) => make().code)).to.deep.equal([2, 3, 5]);
  });
});

describe("asking for evidence", () => {
  const PATH = "/cosmos.evidence.v1beta1.Query";
  it("finds it by hash in hex of either case, and lists all", () => {
    const { ctx, module, begin, caught, kept } = bench();
    begin(caught(0), caught(1), caught(2));
    const one = (hash: string): Equivocation => {
      const { evidence } = ask(ctx, [module], { path: `${PATH}/Evidence`, codec: QueryEvidenceRequest, message: { hash }, response: QueryEvidenceResponse });
      return Equivocation.decode(evidence!.value);
    };
    const wanted = equivocationOf(caught(1));
    const hash = toHex(sha256(Equivocation.encode(wanted)));
    expect(one(hash)).to.deep.equal(wanted);
    expect(one(hash.toUpperCase())).to.deep.equal(wanted);
    expect(() => one("")).to.throw("invalid request; hash is empty");
    expect(rejection(() => one("xyz"))).to.equal("sdk/18");
    for (const unknown of ["00", "00".repeat(32)]) expect(() => one(unknown)).to.throw(`evidence ${unknown} not found`);
    const all = ask(ctx, [module], { path: `${PATH}/AllEvidence`, codec: QueryAllEvidenceRequest, response: QueryAllEvidenceResponse });
    expect(all.evidence.map((any) => Equivocation.decode(any.value))).to.deep.equal(kept());
    expect(all.evidence.map((any) => any.typeUrl)).to.deep.equal(Array(3).fill("/cosmos.evidence.v1beta1.Equivocation"));
    expect(all.pagination?.total).to.equal(3n);
  });
});

describe("evidence in genesis", () => {
  it("comes out as it went in, and is refused twice or impossible", () => {
    const { ctx, module, begin, caught } = bench();
    begin(caught(0), caught(2));
    const document = module.genesis.export(ctx) as { evidence: Record<string, unknown>[] };
    expect(document.evidence[0]).to.include({ "@type": "/cosmos.evidence.v1beta1.Equivocation" });
    const fresh = createScratchContext();
    module.genesis.init(fresh, document);
    expect(module.genesis.export(fresh)).to.deep.equal(document);
    const init = (evidence: unknown[]) => rejection(() => module.genesis.init(createScratchContext(), { evidence }));
    expect(init([document.evidence[0], document.evidence[0]])).to.equal("evidence/5");
    expect(init([{ ...document.evidence[0], height: "0" }])).to.equal("evidence/3");
    expect(module.genesis.export(createScratchContext())).to.deep.equal(module.genesis.defaults());
  });

  it("breaks an invariant where it convicts somebody who goes free", () => {
    const { ctx, module, caught } = bench();
    const evidence = equivocationOf(caught(1));
    evidenceState.open(ctx.store(EVIDENCE_STORE)).convictions.set(hashOf(evidence), evidence);
    expect(brokenInvariant(ctx, [module])).to.equal("evidence is kept under its hash, and whom it convicts is tombstoned");
  });

  it("breaks it where it stands under another hash", () => {
    const { ctx, module, begin, caught } = bench();
    begin(caught(1));
    const { convictions } = evidenceState.open(ctx.store(EVIDENCE_STORE));
    convictions.set(hashOf(equivocationOf(caught(2))), equivocationOf(caught(1)));
    expect(brokenInvariant(ctx, [module])).to.equal("evidence is kept under its hash, and whom it convicts is tombstoned");
  });
});
