import { expect } from "chai";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import type { Codec } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { toUopen } from "../../chain/primitives/index.js";
import { ask, deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { delegator, operator, stakingLab } from "../../chain/testkit/staking-lab.js";
import {
  MsgBeginRedelegate,
  MsgBeginRedelegateResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
  QueryDelegationRequest,
  QueryDelegationResponse,
  QueryDelegatorDelegationsRequest,
  QueryDelegatorDelegationsResponse,
  QueryDelegatorUnbondingDelegationsRequest,
  QueryDelegatorUnbondingDelegationsResponse,
  QueryDelegatorValidatorRequest,
  QueryDelegatorValidatorResponse,
  QueryDelegatorValidatorsRequest,
  QueryDelegatorValidatorsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
  QueryPoolRequest,
  QueryPoolResponse,
  QueryRedelegationsRequest,
  QueryRedelegationsResponse,
  QueryService,
  QueryUnbondingDelegationRequest,
  QueryUnbondingDelegationResponse,
  QueryValidatorDelegationsRequest,
  QueryValidatorDelegationsResponse,
  QueryValidatorRequest,
  QueryValidatorResponse,
  QueryValidatorUnbondingDelegationsRequest,
  QueryValidatorUnbondingDelegationsResponse,
  QueryValidatorsRequest,
  QueryValidatorsResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";

const coin = (amount: bigint) => ({ denom: "uopen", amount: amount.toString() });
const [me, other] = [delegator(0), delegator(1)];
const names = [0, 1, 2].map((i) => formatOperatorAddress(operator(i)));
const [v0 = "", v1 = "", v2 = ""] = names;
const mine = formatAddress(me);

/** Two stakers with three validators: one unbonds, one moves; the first validator lost a tenth. */
function world() {
  const lab = stakingLab([10n, 7n, 9n]);
  const pair = (d: Address, v: string, amount: bigint) => ({
    delegatorAddress: formatAddress(d),
    validatorAddress: v,
    amount: coin(amount),
  });
  for (const [d, v] of [
    [me, v0],
    [me, v1],
    [other, v0],
  ] as const) {
    deliver(lab.ctx, [lab.module], {
      codec: MsgDelegate,
      message: pair(d, v, 4_000_000n),
      response: MsgDelegateResponse,
    });
  }
  deliver(lab.ctx, [lab.module], {
    codec: MsgUndelegate,
    message: pair(me, v1, 1_000_000n),
    response: MsgUndelegateResponse,
  });
  const move = {
    delegatorAddress: mine,
    validatorSrcAddress: v0,
    validatorDstAddress: v2,
    amount: coin(2_000_000n),
  };
  deliver(lab.ctx, [lab.module], {
    codec: MsgBeginRedelegate,
    message: move,
    response: MsgBeginRedelegateResponse,
  });
  lab.service.takeStake(lab.ctx, operator(0), { amount: toUopen(1_600_000n), toModule: "x" });
  const query = <Q, R>(method: string, codec: Codec<Q>, message: Partial<Q>, response: Codec<R>): R =>
    ask(lab.ctx, [lab.module], { path: `/cosmos.staking.v1beta1.Query/${method}`, codec, message, response });
  return { lab, query };
}

const { lab, query } = world();
const page = (limit: bigint, key: Uint8Array = new Uint8Array(0)) => ({
  key,
  offset: 0n,
  limit,
  countTotal: false,
  reverse: false,
});

describe("staking queries", () => {
  it("serve every method of the SDK's service", () => {
    const served = lab.module.queries.map((q) => q.path);
    for (const { name } of QueryService.methods)
      expect(served).to.include(`/cosmos.staking.v1beta1.Query/${name}`);
  });

  it("find a delegation with what it is worth now", () => {
    const { delegationResponse } = query(
      "Delegation",
      QueryDelegationRequest,
      { delegatorAddr: mine, validatorAddr: v0 },
      QueryDelegationResponse,
    );
    expect(delegationResponse?.delegation).to.deep.equal({
      delegatorAddress: mine,
      validatorAddress: v0,
      shares: `2000000${"0".repeat(18)}`,
    });
    expect(delegationResponse?.balance).to.deep.equal(coin(1_800_000n));
  });

  it("list delegations by delegator and by validator, page by page", () => {
    const all = query(
      "DelegatorDelegations",
      QueryDelegatorDelegationsRequest,
      { delegatorAddr: mine },
      QueryDelegatorDelegationsResponse,
    );
    expect(
      all.delegationResponses.map((d) => [d.delegation.validatorAddress, d.balance.amount]),
    ).to.deep.equal([
      [v0, "1800000"],
      [v1, "3000000"],
      [v2, "2000000"],
    ]);
    expect(all.pagination).to.deep.equal({ nextKey: new Uint8Array(0), total: 3n });
    const first = query(
      "ValidatorDelegations",
      QueryValidatorDelegationsRequest,
      { validatorAddr: v0, pagination: page(2n) },
      QueryValidatorDelegationsResponse,
    );
    const nextKey = first.pagination?.nextKey ?? new Uint8Array(0);
    const rest = query(
      "ValidatorDelegations",
      QueryValidatorDelegationsRequest,
      { validatorAddr: v0, pagination: page(2n, nextKey) },
      QueryValidatorDelegationsResponse,
    );
    const found = [...first.delegationResponses, ...rest.delegationResponses].map(
      (d) => d.delegation.delegatorAddress,
    );
    expect(found).to.deep.equal([operator(0), me, other].map(formatAddress));
    expect(rest.pagination?.nextKey.length).to.equal(0);
  });

  it("show what is leaving, by either side", () => {
    const one = query(
      "UnbondingDelegation",
      QueryUnbondingDelegationRequest,
      { delegatorAddr: mine, validatorAddr: v1 },
      QueryUnbondingDelegationResponse,
    );
    expect(one.unbond.entries[0]).to.deep.include({
      balance: "1000000",
      initialBalance: "1000000",
      creationHeight: 1n,
      unbondingId: 1n,
    });
    const of = query(
      "DelegatorUnbondingDelegations",
      QueryDelegatorUnbondingDelegationsRequest,
      { delegatorAddr: mine },
      QueryDelegatorUnbondingDelegationsResponse,
    );
    const from = query(
      "ValidatorUnbondingDelegations",
      QueryValidatorUnbondingDelegationsRequest,
      { validatorAddr: v1 },
      QueryValidatorUnbondingDelegationsResponse,
    );
    expect(of.unbondingResponses).to.deep.equal([one.unbond]);
    expect(from.unbondingResponses).to.deep.equal([one.unbond]);
  });

  it("show what moved, by delegator, by source, and one move alone, with entries beside the record", () => {
    const ways = [
      { delegatorAddr: mine },
      { srcValidatorAddr: v0 },
      { delegatorAddr: mine, srcValidatorAddr: v0, dstValidatorAddr: v2 },
    ];
    for (const way of ways) {
      const { redelegationResponses } = query(
        "Redelegations",
        QueryRedelegationsRequest,
        way,
        QueryRedelegationsResponse,
      );
      expect(redelegationResponses.map((r) => r.redelegation)).to.deep.equal([
        { delegatorAddress: mine, validatorSrcAddress: v0, validatorDstAddress: v2, entries: [] },
      ]);
      expect(
        redelegationResponses[0]?.entries.map((e) => [e.balance, e.redelegationEntry.initialBalance]),
      ).to.deep.equal([["2000000", "2000000"]]);
    }
    expect(
      query(
        "Redelegations",
        QueryRedelegationsRequest,
        { delegatorAddr: formatAddress(other) },
        QueryRedelegationsResponse,
      ).redelegationResponses,
    ).to.deep.equal([]);
  });

  it("list the validators of a delegator, and by status", () => {
    const of = query(
      "DelegatorValidators",
      QueryDelegatorValidatorsRequest,
      { delegatorAddr: mine },
      QueryDelegatorValidatorsResponse,
    );
    expect(of.validators.map((v) => v.operatorAddress)).to.deep.equal(names);
    const one = query(
      "DelegatorValidator",
      QueryDelegatorValidatorRequest,
      { delegatorAddr: mine, validatorAddr: v1 },
      QueryDelegatorValidatorResponse,
    );
    expect(one.validator.operatorAddress).to.equal(v1);
    const by = (status: string) =>
      query("Validators", QueryValidatorsRequest, { status }, QueryValidatorsResponse).validators.map(
        (v) => v.operatorAddress,
      );
    expect([by(""), by("BOND_STATUS_BONDED"), by("BOND_STATUS_UNBONDED")]).to.deep.equal([names, names, []]);
    expect(
      query("Validator", QueryValidatorRequest, { validatorAddr: v0 }, QueryValidatorResponse).validator
        .tokens,
    ).to.equal("14400000");
  });

  it("sum up the pools and tell the parameters", () => {
    expect(query("Pool", QueryPoolRequest, {}, QueryPoolResponse).pool).to.deep.equal({
      notBondedTokens: "1000000",
      bondedTokens: "35400000",
    });
    expect(query("Params", QueryParamsRequest, {}, QueryParamsResponse).params.maxEntries).to.equal(7);
  });

  it("say what is missing or wrong in the SDK's words", () => {
    const stranger = formatOperatorAddress(operator(8));
    const texts: (readonly [string, string, () => unknown])[] = [
      [
        "sdk/18",
        "validator address cannot be empty: invalid request",
        () => query("Validator", QueryValidatorRequest, {}, QueryValidatorResponse),
      ],
      [
        "sdk/38",
        `validator ${stranger} not found: not found`,
        () => query("Validator", QueryValidatorRequest, { validatorAddr: stranger }, QueryValidatorResponse),
      ],
      [
        "sdk/18",
        "invalid validator status bonded: invalid request",
        () => query("Validators", QueryValidatorsRequest, { status: "bonded" }, QueryValidatorsResponse),
      ],
      [
        "sdk/18",
        "delegator address cannot be empty: invalid request",
        () => query("Delegation", QueryDelegationRequest, { validatorAddr: v0 }, QueryDelegationResponse),
      ],
      [
        "sdk/38",
        `delegation with delegator ${mine} not found for validator ${stranger}: not found`,
        () =>
          query(
            "Delegation",
            QueryDelegationRequest,
            { delegatorAddr: mine, validatorAddr: stranger },
            QueryDelegationResponse,
          ),
      ],
      [
        "sdk/38",
        `unbonding delegation with delegator ${mine} not found for validator ${v0}: not found`,
        () =>
          query(
            "UnbondingDelegation",
            QueryUnbondingDelegationRequest,
            { delegatorAddr: mine, validatorAddr: v0 },
            QueryUnbondingDelegationResponse,
          ),
      ],
      [
        "sdk/38",
        `redelegation not found for delegator address ${mine} from validator address ${v1}: not found`,
        () =>
          query(
            "Redelegations",
            QueryRedelegationsRequest,
            { delegatorAddr: mine, srcValidatorAddr: v1, dstValidatorAddr: v0 },
            QueryRedelegationsResponse,
          ),
      ],
      [
        "staking/19",
        "no delegation for (address, validator) tuple",
        () =>
          query(
            "DelegatorValidator",
            QueryDelegatorValidatorRequest,
            { delegatorAddr: mine, validatorAddr: stranger },
            QueryDelegatorValidatorResponse,
          ),
      ],
      [
        "sdk/7",
        "empty address string is not allowed: invalid address",
        () => query("Redelegations", QueryRedelegationsRequest, {}, QueryRedelegationsResponse),
      ],
    ];
    for (const [code, text, act] of texts) {
      expect(rejection(act), text).to.equal(code);
      expect(act).to.throw(text);
    }
  });
});
