import { formatConsensusAddress, formatOperatorAddress, parseConsensusAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import type { Context, GenesisSpec } from "../../chain/kernel/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import { GenesisState } from "../../proto/gen/openledger/slashing/v1.js";
import { SlashingError } from "./errors.js";
import { missedIndices, setMissed } from "./missed-blocks.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import type { Staking } from "./ports.js";
import { newSigningInfo } from "./signing-info.js";
import { SLASHING_STORE, slashingState } from "./state.js";

function initSentences(ctx: Context, staking: Staking, document: GenesisState): void {
  const { sentences } = slashingState.open(ctx.store(SLASHING_STORE));
  for (const { operator: text, untilHeight } of document.sentences) {
    const operator = parseOperatorAddress(text);
    if (staking.byOperator(ctx, operator)?.isJailed !== true) throw SlashingError.InvalidGenesis(`${text} is not jailed`);
    sentences.set(operator, toHeight(untilHeight));
  }
}

function initInfos(ctx: Context, { signingInfos }: GenesisState): void {
  const { infos } = slashingState.open(ctx.store(SLASHING_STORE));
  for (const { address: text, validatorSigningInfo: info } of signingInfos) {
    if (info.address !== text) throw SlashingError.InvalidGenesis(`the record of ${text} names another validator`);
    if (info.indexOffset < 0n || info.missedBlocksCounter < 0n || info.startHeight < 0n)
      throw SlashingError.InvalidGenesis(`the record of ${text} counts below zero`);
    infos.set(parseConsensusAddress(text), info);
  }
}

function initMissed(ctx: Context, { missedBlocks, params }: GenesisState): void {
  for (const { address, missedBlocks: blocks } of missedBlocks) {
    const validator = parseConsensusAddress(address);
    for (const { index, missed } of blocks) {
      if (index < 0n || index >= params.signedBlocksWindow)
        throw SlashingError.InvalidGenesis(`${address} missed a block outside of the window`);
      if (missed) setMissed(ctx, validator, index, true);
    }
  }
}

function checkCounters(ctx: Context): void {
  for (const [validator, { missedBlocksCounter }] of slashingState.read(ctx.store(SLASHING_STORE)).infos.entries()) {
    if (missedBlocksCounter !== BigInt(missedIndices(ctx, validator).length))
      throw SlashingError.InvalidGenesis(`${formatConsensusAddress(validator)} missed another number of blocks`);
  }
}

/** The SDK's document with our sentences beside it. Validators without a record start one, as when they are bonded. */
export const slashingGenesis = (staking: Staking): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => ({ sentences: [], params: DEFAULT_PARAMS, signingInfos: [], missedBlocks: [] }),
  init(ctx, document) {
    checkParams(document.params);
    const { params, infos } = slashingState.open(ctx.store(SLASHING_STORE));
    params.set(document.params);
    initSentences(ctx, staking, document);
    initInfos(ctx, document);
    initMissed(ctx, document);
    checkCounters(ctx);
    for (const { power, consensusAddress } of staking.validators(ctx)) {
      if (power > 0n && !infos.has(consensusAddress)) infos.set(consensusAddress, newSigningInfo(consensusAddress, ctx.block.height));
    }
    return [];
  },
  export(ctx) {
    const { sentences, params, infos } = slashingState.read(ctx.store(SLASHING_STORE));
    const records = [...infos.entries()];
    return {
      sentences: [...sentences.entries()].map(([operator, until]) => ({
        operator: formatOperatorAddress(operator),
        untilHeight: until,
      })),
      params: params.getOrFail(),
      signingInfos: records.map(([, info]) => ({ address: info.address, validatorSigningInfo: info })),
      missedBlocks: records.map(([validator, { address }]) => ({
        address,
        missedBlocks: missedIndices(ctx, validator).map((index) => ({ index, missed: true })),
      })),
    };
  },
});
