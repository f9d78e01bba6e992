import type { Address, Uopen } from "../../../chain/primitives/index.js";

/** Any message of one type. */
export interface GenericAuthorization {
  readonly kind: "generic";
  /** Type URL. */
  readonly message: string;
}

/** Transfers of so much in all, to these accounts; to anybody where none is named. */
export interface SendAuthorization {
  readonly kind: "send";
  readonly limit: Uopen;
  readonly allowed: readonly Address[];
}

export type StakeAction = "delegate" | "undelegate" | "redelegate" | "cancel-unbonding";

/** One action of staking, of so much in all where there is a limit, with these validators, or with any but these. */
export interface StakeAuthorization {
  readonly kind: "stake";
  readonly action: StakeAction;
  readonly limit: Uopen | undefined;
  /** Operators. */
  readonly validators: { readonly list: "allow" | "deny" | "none"; readonly operators: readonly Address[] };
}

export type Authorization = GenericAuthorization | SendAuthorization | StakeAuthorization;

export const SEND_URL = "/cosmos.bank.v1beta1.MsgSend";

export const STAKE_URLS: Readonly<Record<StakeAction, string>> = {
  delegate: "/cosmos.staking.v1beta1.MsgDelegate",
  undelegate: "/cosmos.staking.v1beta1.MsgUndelegate",
  redelegate: "/cosmos.staking.v1beta1.MsgBeginRedelegate",
  "cancel-unbonding": "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation",
};

/** Which messages it is for: a granter gives a grantee at most one authorization for each. */
export function messageOf(authorization: Authorization): string {
  switch (authorization.kind) {
    case "generic":
      return authorization.message;
    case "send":
      return SEND_URL;
    case "stake":
      return STAKE_URLS[authorization.action];
    default:
      return authorization satisfies never;
  }
}

/** Entries that using it compares, each of which costs gas. */
export function listLength(authorization: Authorization): number {
  if (authorization.kind === "send") return authorization.allowed.length;
  return authorization.kind === "stake" ? authorization.validators.operators.length : 0;
}
