import { iavlSpec, ics23, tendermintSpec, verifyMembership, verifyNonMembership } from "@confio/ics23";
import { expect } from "chai";
import { headerHash, validatorSetHash } from "../../chain/block/index.js";
import { concatBytes, parseHex, toHeight, toHex, toUpperHex } from "../../chain/primitives/index.js";
import { verifyChained } from "../../chain/store/ics23/index.js";
import type { ProofOp, StoreClaim } from "../../chain/store/ics23/index.js";
import { createSigner } from "../../chain/testkit/signer.js";
import { findCometBft } from "../../node/comet/binary.js";
import { CHANGING_CHAIN, startChangingChain } from "./changing-chain.js";
import type { ChangingChain } from "./changing-chain.js";
import { startLightClient } from "./light-client.js";
import type { LightClient, LightClientOptions } from "./light-client.js";
import { startRelay } from "./relay.js";
import type { AnyJson, Lie, Relay } from "./relay.js";

const HEIGHT = 520n;
const STAGE = 40n;

const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

type Base64Op = Readonly<Record<"type" | "key" | "data", string>>;

interface StateAnswer {
  /** null where nothing is. */
  readonly value: string | null;
  readonly proofOps: { readonly ops: readonly Base64Op[] };
}

function opOf({ type, key, data }: Base64Op): ProofOp {
  return { type, key: fromBase64(key), data: fromBase64(data) };
}

async function askState(rpc: string, { store, key, height }: { store: string; key: Uint8Array; height: bigint }): Promise<StateAnswer> {
  const params = { path: `/store/${store}/key`, data: toHex(key), height: height.toString(), prove: true };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "abci_query", params });
  const answer = (await (await fetch(rpc, { method: "POST", body })).json()) as AnyJson;
  return answer.result.response as StateAnswer;
}

/** The two proofs one after the other, as IBC's verifiers chain them. */
function confioVerifies(appHash: Uint8Array, ops: readonly ProofOp[], { store, key, value }: StoreClaim): boolean {
  const [inner, outer] = ops.map(({ data }) => ics23.CommitmentProof.decode(data));
  if (inner === undefined || outer === undefined) return false;
  const root = outer.exist?.value;
  if (root === null || root === undefined) return false;
  if (!verifyMembership(outer, tendermintSpec, appHash, Buffer.from(store), root)) return false;
  return value === undefined ? verifyNonMembership(inner, iavlSpec, root, key) : verifyMembership(inner, iavlSpec, root, key, value);
}

describe("our chain in front of CometBFT's own light client", function () {
  this.timeout(400_000);
  const binary = findCometBft();
  let chain: ChangingChain | undefined;
  const relays: Relay[] = [];
  const clients: LightClient[] = [];

  before(async function () {
    if (binary === undefined) {
      process.stdout.write("      skipped: CometBFT 0.38 is not installed (OPENLEDGER_COMETBFT names its binary)\n");
      this.skip();
    }
    chain = await startChangingChain();
    await chain.handOver(HEIGHT);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.stop();
    for (const relay of relays.splice(0)) await relay.stop();
  });
  after(() => chain?.stop());

  function running(): ChangingChain {
    if (chain === undefined) throw new Error("the chain did not start");
    return chain;
  }

  async function relay(): Promise<Relay> {
    const started = await startRelay(running().rpc);
    relays.push(started);
    return started;
  }

  /** A light client that trusts the first header, with a primary that tells `lie` and honest witnesses. */
  async function client(isSequential: boolean, lie?: Lie, witnessCount = 1): Promise<{ light: LightClient; primary: Relay }> {
    if (binary === undefined) throw new Error("no binary");
    const primary = await relay();
    const witnesses: string[] = [];
    for (let i = 0; i < witnessCount; i++) witnesses.push((await relay()).url);
    const first = running().engine.block(toHeight(1n));
    const options: LightClientOptions = {
      ...{ binary, chainId: CHANGING_CHAIN, primary: primary.url, witnesses, isSequential },
      trusted: { height: 1n, hash: toUpperHex(first?.id.hash ?? new Uint8Array(0)) },
    };
    const light = await startLightClient(options);
    clients.push(light);
    if (lie !== undefined) primary.tell(lie);
    return { light, primary };
  }

  async function expectVerified(light: LightClient, height: bigint): Promise<void> {
    const { result, error } = await light.call(`commit?height=${height}`);
    expect(error, JSON.stringify(error)).to.equal(undefined);
    const stored = running().engine.block(toHeight(height));
    expect(result.signed_header.commit.block_id.hash).to.equal(toUpperHex(stored?.id.hash ?? new Uint8Array(0)));
  }

  async function expectRefused(light: LightClient, path: string, reason: RegExp): Promise<void> {
    const { result, error } = await light.call(path);
    expect(result, "nothing is passed on").to.equal(undefined);
    expect(`${error?.message} ${error?.data}`, `${error?.message} ${error?.data}`).to.match(reason);
  }

  /** Who sends what cannot be a block of any chain is dropped, and a witness takes its place: with one witness nothing is left to compare with. */
  async function expectDropped(lie: Lie): Promise<void> {
    const alone = await client(false, lie);
    await expectRefused(alone.light, `commit?height=${HEIGHT}`, /no witnesses connected/);
    const { light, primary } = await client(false, lie, 2);
    await expectVerified(light, HEIGHT);
    const asked = primary.commits.length;
    await expectVerified(light, HEIGHT - 1n);
    expect(primary.commits.length, "the liar is asked no more").to.equal(asked);
  }

  it("has validators that join, gain, lose and leave", () => {
    const { engine } = running();
    const hashes = new Set<string>();
    for (let height = 1n; height <= HEIGHT; height++) {
      const set = engine.validators(toHeight(height));
      if (set !== undefined) hashes.add(toUpperHex(validatorSetHash(set)));
    }
    expect(hashes.size).to.be.at.least(6);
    const members = (height: bigint): string[] =>
      (engine.validators(toHeight(height))?.validators ?? []).map(({ address }) => toUpperHex(address));
    expect(members(HEIGHT).filter((address) => members(1n).includes(address)), "nobody of the first set is left").to.deep.equal([]);
  });

  it("is verified header after header, through every change", async () => {
    const { light, primary } = await client(true);
    // Its proxy hangs up on answers that take ten seconds, so it is led there in stages.
    for (let height = 1n + STAGE; height < HEIGHT; height += STAGE) await expectVerified(light, height);
    await expectVerified(light, HEIGHT);
    expect(new Set(primary.commits).size, "headers asked for").to.be.at.least(Number(HEIGHT) - 1);
  });

  it("is verified by skipping, with steps where the sets have too little in common", async () => {
    const { light, primary } = await client(false);
    await expectVerified(light, HEIGHT);
    const steps = new Set(primary.commits).size;
    expect(steps).to.be.greaterThan(2);
    expect(steps).to.be.lessThan(60);
  });

  it("passes on blocks, results and validators that it could verify", async () => {
    const { light } = await client(false);
    for (const path of ["block", "block_results", "validators", "commit"]) {
      const { result, error } = await light.call(`${path}?height=${HEIGHT - 100n}`);
      expect(error, `${path}: ${JSON.stringify(error)}`).to.equal(undefined);
      expect(result).to.not.equal(undefined);
    }
  });

  it("drops who shows a header with another application hash", async () => {
    const lie: Lie = (method, _height, result) => {
      if (method !== "commit") return result as unknown;
      const header = { ...result.signed_header.header, app_hash: "AB".repeat(32) };
      return { ...result, signed_header: { ...result.signed_header, header } } as unknown;
    };
    await expectDropped(lie);
  });

  it("is refused when a forged header brings a commit that names it", async () => {
    const lie: Lie = (method, height, result) => {
      const block = running().engine.block(toHeight(BigInt(height || 1)))?.block;
      if (method !== "commit" || height < 2 || block === undefined) return result as unknown;
      const forged = { ...block.header, appHash: new Uint8Array(32).fill(0xab) };
      const { commit, header } = result.signed_header;
      const id = { ...commit.block_id, hash: toUpperHex(headerHash(forged)) };
      const signedHeader = { header: { ...header, app_hash: toUpperHex(forged.appHash) }, commit: { ...commit, block_id: id } };
      return { ...result, signed_header: signedHeader } as unknown;
    };
    for (const isSequential of [true, false]) {
      const { light } = await client(isSequential, lie);
      await expectRefused(light, `commit?height=${HEIGHT}`, /wrong signature|invalid/i);
    }
  });

  it("drops who shows validators that are not the header's", async () => {
    const lie: Lie = (method, _height, result) => {
      if (method !== "validators") return result as unknown;
      const [first, ...rest] = result.validators;
      return { ...result, validators: [{ ...first, voting_power: "999999" }, ...rest] } as unknown;
    };
    await expectDropped(lie);
  });

  it("has state whose proofs lead to the headers that it verified, in our verifier and in @confio/ics23", async () => {
    const { light } = await client(false);
    for (const height of [HEIGHT - 300n, HEIGHT - 1n]) {
      const { result } = await light.call(`commit?height=${height + 1n}`);
      const appHash = parseHex(String(result.signed_header.header.app_hash).toLowerCase());
      for (const [name, isThere] of [["operator 0", true], ["nobody", false]] as const) {
        const key = concatBytes(new Uint8Array([2]), createSigner(name).address);
        const response = await askState(running().rpc, { store: "auth", key, height });
        const ops = response.proofOps.ops.map(opOf);
        const value = response.value === null ? undefined : fromBase64(response.value);
        expect(value !== undefined, name).to.equal(isThere);
        const claim = { store: "auth", key, value };
        expect(verifyChained(appHash, ops, claim), `${name} at ${height}`).to.equal(true);
        expect(confioVerifies(appHash, ops, claim), `${name} at ${height}, @confio/ics23`).to.equal(true);
        const other = new Uint8Array(appHash).fill(appHash.at(0) === 0 ? 1 : 0, 0, 1);
        expect(verifyChained(other, ops, claim), "another application hash").to.equal(false);
        expect(confioVerifies(other, ops, claim), "another application hash").to.equal(false);
        expect(verifyChained(appHash, ops, { ...claim, value: isThere ? undefined : new Uint8Array([1]) })).to.equal(false);
      }
    }
  });

  it("is refused when results are not those that the next header promises", async () => {
    const lie: Lie = (method, _height, result) => {
      if (method !== "block_results") return result as unknown;
      return { ...result, txs_results: [{ code: 0, data: null, log: "", info: "", gas_wanted: "1", gas_used: "1", events: [], codespace: "" }] } as unknown;
    };
    const { light } = await client(false, lie);
    await expectRefused(light, `block_results?height=${HEIGHT - 100n}`, /last results|does not match/i);
  });
});
