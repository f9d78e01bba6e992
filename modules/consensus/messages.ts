import { mergeConsensusParams } from "../../chain/block/index.js";
import type { ConsensusParams } from "../../chain/block/index.js";
import { parseAddress } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { MsgUpdateParams } from "../../proto/gen/cosmos/consensus/v1.js";
import { formatParams } from "./format-params.js";

/** New limits for the engine. */
export interface UpdateParams {
  /** Who says so, as it was written. */
  readonly authority: string;
  readonly signer: Address;
  /** What the message sets, for the event. */
  readonly text: string;
  /** The parameters of now with what the message sets. @throws Reject comet/4, comet/14. */
  readonly apply: (current: ConsensusParams) => ConsensusParams;
}

/** Block, evidence and validator must be set; abci stays as it is when it is not. @throws Reject sdk/7, sdk/18. */
export function parseUpdateParams(wire: MsgUpdateParams): UpdateParams {
  const { authority, block, evidence, validator, abci } = wire;
  const signer = parseAddress(authority);
  if (block === undefined || evidence === undefined || validator === undefined)
    throw SdkError.InvalidRequest("all parameters must be present");
  // The application's version is not governed: it is that of the program.
  const update = { block, evidence, validator, abci, version: undefined };
  return { authority, signer, text: formatParams(wire), apply: (current) => mergeConsensusParams(current, update) };
}
