/**
 * CPU time to decode and encode one bank send, beside cosmjs-types on the same bytes in the same process, in turns. Ours
 * reads strictly (ADR 0001): shortest varints, no unknown or repeated fields, valid UTF-8, bounded depth; cosmjs-types
 * accepts all of that.
 *
 * Run by hand: npx tsx bench/codec.ts [transactions=20000] [rounds=9]
 */
import { MsgSend as PeerSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";
import { AuthInfo as PeerAuthInfo, TxBody as PeerBody, TxRaw as PeerRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { equalBytes } from "../chain/primitives/index.js";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { AuthInfo, TxBody, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import { cpuOf, median, printMachine, printTable, spread } from "./machine.js";

const [count = 20_000, rounds = 9] = process.argv.slice(2).map(Number);

/** Distinct transactions, so that nothing is measured from a cache of one. */
function transactions(): Uint8Array[] {
  const [from, to] = [createSigner("from"), createSigner("to")];
  return Array.from({ length: 64 }, (_, i) => {
    const amount = [{ denom: "uopen", amount: (1_000 + i).toString() }];
    const message = anyOf(MsgSend, { fromAddress: from.text, toAddress: to.text, amount });
    return signTransaction(from, [message], { chainId: "bench-1", accountNumber: 7n, sequence: BigInt(i), gas: 200_000n, fee: 200n });
  });
}

function readOurs(bytes: Uint8Array): { raw: TxRaw; body: TxBody; auth: AuthInfo; send: MsgSend } {
  const raw = TxRaw.decode(bytes);
  const body = TxBody.decode(raw.bodyBytes);
  const auth = AuthInfo.decode(raw.authInfoBytes);
  return { raw, body, auth, send: MsgSend.decode(body.messages[0]?.value ?? new Uint8Array(0)) };
}

function readTheirs(bytes: Uint8Array): { raw: PeerRaw; body: PeerBody; auth: PeerAuthInfo; send: PeerSend } {
  const raw = PeerRaw.decode(bytes);
  const body = PeerBody.decode(raw.bodyBytes);
  const auth = PeerAuthInfo.decode(raw.authInfoBytes);
  return { raw, body, auth, send: PeerSend.decode(body.messages[0]?.value ?? new Uint8Array(0)) };
}

interface Contest {
  readonly name: string;
  readonly ours: (i: number) => unknown;
  readonly theirs: (i: number) => unknown;
}

/** Microseconds of CPU for one call, round by round; who goes first alternates. */
function race({ ours, theirs }: Contest): { readonly ours: number[]; readonly theirs: number[] } {
  const time = (work: (i: number) => unknown): number =>
    (cpuOf(() => {
      for (let i = 0; i < count; i++) work(i & 63);
    }) *
      1_000) /
    count;
  const found = { ours: [] as number[], theirs: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const first = round % 2 === 0 ? time(ours) : undefined;
    const second = time(theirs);
    const mine = first ?? time(ours);
    if (round < 0) continue; // warms the compiler
    found.ours.push(mine);
    found.theirs.push(second);
  }
  return found;
}

function main(): void {
  printMachine();
  const txs = transactions();
  const at = <T>(list: readonly T[], i: number): T => list[i] as T;
  const ours = txs.map(readOurs);
  const theirs = txs.map(readTheirs);
  const writeOurs = ({ raw, body, auth, send }: ReturnType<typeof readOurs>): Uint8Array[] => {
    return [MsgSend.encode(send), TxBody.encode(body), AuthInfo.encode(auth), TxRaw.encode(raw)];
  };
  const writeTheirs = ({ raw, body, auth, send }: ReturnType<typeof readTheirs>): Uint8Array[] => {
    return [
      PeerSend.encode(send).finish(),
      PeerBody.encode(body).finish(),
      PeerAuthInfo.encode(auth).finish(),
      PeerRaw.encode(raw).finish(),
    ];
  };
  const [mine, peers] = [writeOurs(at(ours, 0)), writeTheirs(at(theirs, 0))];
  if (!mine.every((bytes, i) => equalBytes(bytes, at(peers, i)))) throw new TypeError("the two encode differently");
  const contests: readonly Contest[] = [
    { name: "TxRaw decode", ours: (i) => TxRaw.decode(at(txs, i)), theirs: (i) => PeerRaw.decode(at(txs, i)) },
    { name: "whole transaction decode", ours: (i) => readOurs(at(txs, i)), theirs: (i) => readTheirs(at(txs, i)) },
    { name: "TxRaw encode", ours: (i) => TxRaw.encode(at(ours, i).raw), theirs: (i) => PeerRaw.encode(at(theirs, i).raw).finish() },
    { name: "whole transaction encode", ours: (i) => writeOurs(at(ours, i)), theirs: (i) => writeTheirs(at(theirs, i)) },
  ];
  const rows = contests.map((contest) => {
    const found = race(contest);
    const [own, other] = [median(found.ours), median(found.theirs)];
    return [contest.name, own.toFixed(2), spread(found.ours, 2), other.toFixed(2), spread(found.theirs, 2), `${(own / other).toFixed(2)}x`];
  });
  console.log(`us of CPU each, median and range of ${rounds} rounds of ${count}; ${at(txs, 0).length} bytes, one MsgSend`);
  printTable(["", "openledger", "range", "cosmjs-types", "range", "ours : theirs"], rows);
}

main();
