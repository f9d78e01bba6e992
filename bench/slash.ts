import { formatAddress, formatOperatorAddress } from "../chain/codec/index.js";
import { ed25519Address } from "../chain/crypto/index.js";
import { parseDec, toAddress, toHeight, toVotingPower, u64be } from "../chain/primitives/index.js";
import type { Address } from "../chain/primitives/index.js";
import { deliver } from "../chain/testkit/deliver.js";
import { operator, stakingKey, stakingLab } from "../chain/testkit/staking-lab.js";
import * as staking from "../proto/gen/cosmos/staking/v1beta1.js";

/**
 * Called by hand: `npm exec tsx bench/slash.ts -- 1000 5000 10000`: what one slash takes while so many accounts are leaving the
 * validator, half of them to another one. On a scratch state in memory: what a tree and a disk add comes on top.
 */

function account(n: number): Address {
  const bytes = new Uint8Array(20).fill(200);
  bytes.set(u64be(BigInt(n)));
  return toAddress(bytes);
}

function measure(accounts: number): void {
  const lab = stakingLab([1_000n, 1_000n]);
  const send = <M, R>(codec: Parameters<typeof deliver<M, R>>[2]["codec"], response: Parameters<typeof deliver<M, R>>[2]["response"], message: Partial<M>): void =>
    void deliver<M, R>(lab.ctx, [lab.module], { codec, message, response });
  const amount = { denom: "uopen", amount: "1000" };
  const [from, to] = [0, 1].map((i) => formatOperatorAddress(operator(i))) as [string, string];
  for (let n = 0; n < accounts; n++) {
    const delegator = account(n);
    lab.ledger.mint(lab.ctx, delegator, 10_000n);
    const delegatorAddress = formatAddress(delegator);
    send(staking.MsgDelegate, staking.MsgDelegateResponse, { delegatorAddress, validatorAddress: from, amount });
    if (n % 2 === 0) send(staking.MsgUndelegate, staking.MsgUndelegateResponse, { delegatorAddress, validatorAddress: from, amount });
    else send(staking.MsgBeginRedelegate, staking.MsgBeginRedelegateResponse, { delegatorAddress, validatorSrcAddress: from, validatorDstAddress: to, amount });
  }
  const height = toHeight(lab.ctx.block.height);
  lab.ctx.block = { ...lab.ctx.block, height: toHeight(height + 1n) };
  const before = process.cpuUsage();
  const fault = { consensusAddress: ed25519Address(stakingKey(0)), infractionHeight: height, power: toVotingPower(1_000n), fraction: parseDec("0.05") };
  lab.service.slash(lab.ctx, fault);
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1_000;
  console.log(`${accounts} leaving: ${ms.toFixed(1)} ms of CPU, ${((ms * 1_000) / accounts).toFixed(1)} µs each`);
}

for (const accounts of process.argv.slice(2).map(Number)) measure(accounts);
