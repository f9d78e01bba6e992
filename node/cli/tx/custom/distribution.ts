import { MsgWithdrawDelegatorReward, MsgWithdrawValidatorCommission, QueryDelegatorValidatorsRequest, QueryDelegatorValidatorsResponse } from "../../../../proto/gen/cosmos/distribution/v1beta1.js";
import type { Any } from "../../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../../errors.js";
import { queryState } from "../../query/query-state.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { txRpc } from "../signer.js";
import { pack, urlOf } from "./pack.js";

export const WITHDRAW_REWARDS: CustomTx = {
  module: "distribution",
  use: "withdraw-rewards <validator-addr>",
  about: "Withdraw rewards from a given delegation address, and optionally withdraw validator commission if the delegation address given is a validator operator",
  example: "openvaloper1... --from ada",
  sends: [urlOf(MsgWithdrawDelegatorReward), urlOf(MsgWithdrawValidatorCommission)],
  flags: (command) => void command.option("--commission", "withdraw the validator's commission in addition to the rewards", false),
  async build({ args, options, sender, sources }) {
    const validatorAddress = await sources.address(textAt(args, 0), "validator");
    const rewards = pack(MsgWithdrawDelegatorReward, { delegatorAddress: sender.account, validatorAddress });
    const { commission } = options as { readonly commission?: boolean };
    if (commission !== true) return [rewards];
    if (validatorAddress !== sender.operator) throw new EdgeFailure("config", "--commission is for the validator's own operator");
    return [rewards, pack(MsgWithdrawValidatorCommission, { validatorAddress })];
  },
};

/** One message per validator: a node's answer decides how many, so there is a bound. */
const MAX_VALIDATORS = 200;

export const WITHDRAW_ALL_REWARDS: CustomTx = {
  module: "distribution",
  use: "withdraw-all-rewards",
  about: "Withdraw all delegations rewards for a delegator",
  example: "--from ada",
  sends: [urlOf(MsgWithdrawDelegatorReward)],
  async build({ options, sender, context }): Promise<readonly Any[]> {
    if (options.offline) throw new EdgeFailure("config", "withdraw-all-rewards asks a node which validators there are, so it excludes --offline");
    const request = QueryDelegatorValidatorsRequest.encode({ delegatorAddress: sender.account });
    const path = "/cosmos.distribution.v1beta1.Query/DelegatorValidators";
    const bytes = await queryState(txRpc(options, context), { path, request, height: 0n }, AbortSignal.timeout(60_000));
    const { validators } = QueryDelegatorValidatorsResponse.decode(bytes, { unknown: "ignore" });
    if (validators.length === 0) throw new EdgeFailure("not-found", `${sender.account} has delegated to nobody, so there are no rewards`);
    if (validators.length > MAX_VALIDATORS) throw new EdgeFailure("too-large", `${validators.length} validators are too many for one transaction; use withdraw-rewards`);
    return validators.map((validatorAddress) => pack(MsgWithdrawDelegatorReward, { delegatorAddress: sender.account, validatorAddress }));
  },
};
