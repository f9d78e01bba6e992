/** The chain of the CometBFT tests: the product's application, one validator, two people. */
import { silentSource } from "../../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../../chain/block/index.js";
import { parseAddress } from "../../../chain/codec/index.js";
import { toHeight, toTimeNs, toUopen, toVotingPower } from "../../../chain/primitives/index.js";
import { anyOf, createSigner, signTransaction } from "../../../chain/testkit/signer.js";
import type { KernelApplication } from "../../../chain/kernel/index.js";
import { createOpenLedger } from "../../../modules/app.js";
import type { OpenLedgerOptions } from "../../../modules/app.js";
import { buildGenesis } from "../../../modules/genesis.js";
import { MsgSend } from "../../../proto/gen/cosmos/bank/v1beta1.js";
import { formatGenesis } from "../../config/genesis.js";
import { keyFromSeed } from "../../engine/key-file.js";
import { openKv } from "../../storage/index.js";
import type { LevelKv } from "../../storage/index.js";

export const COMET_CHAIN = "abci-test-1";
export const VALIDATOR_SEED = new Uint8Array(32).fill(77);
export const ALICE = createSigner("alice");
export const BOB = createSigner("bob");

/** Vote extensions from the first height. @param time of genesis, seconds. @param maxAgeNumBlocks of evidence */
export function cometGenesis(time = 1_767_225_600n, { maxAgeNumBlocks } = DEFAULT_CONSENSUS_PARAMS.evidence): string {
  const { publicKey } = keyFromSeed(VALIDATOR_SEED);
  const power = 10_000n;
  const genesisTime = toTimeNs(time, 0);
  return formatGenesis({
    genesisTime,
    chainId: COMET_CHAIN,
    initialHeight: toHeight(1n),
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, evidence: { ...DEFAULT_CONSENSUS_PARAMS.evidence, maxAgeNumBlocks }, abci: { voteExtensionsEnableHeight: 1n } },
    validators: [{ publicKey, power: toVotingPower(power), name: "alone" }],
    appHash: new Uint8Array(0),
    appState: buildGenesis({
      time: genesisTime,
      validators: [{ publicKey, power, moniker: "alone", operator: parseAddress(BOB.text) }],
      accounts: [ALICE, BOB].map(({ address }) => ({ address, amount: toUopen(5_000_000_000n), from: "community" as const })),
    }),
  });
}

export interface OpenedApp {
  readonly app: KernelApplication;
  readonly kv: LevelKv;
}

/** @param kept what of its past it keeps, and who is told of its commits */
export async function openApp(dir: string, kept: Pick<OpenLedgerOptions, "minRetainBlocks" | "onCommit"> = {}): Promise<OpenedApp> {
  const kv = await openKv({
    dir,
    onFatal: (failure) => {
      throw failure;
    },
  });
  const app = createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test", ...kept });
  return { app, kv };
}

/** One uopen from Alice to Bob. @param accountNumber of Alice */
export function sendOne(sequence: bigint, accountNumber: bigint): Uint8Array {
  const message = anyOf(MsgSend, { fromAddress: ALICE.text, toAddress: BOB.text, amount: [{ denom: "uopen", amount: "1" }] });
  return signTransaction(ALICE, [message], { chainId: COMET_CHAIN, accountNumber, sequence, gas: 200_000n, fee: 0n });
}
