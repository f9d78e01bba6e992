import { formatAddress, formatOperatorAddress } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import { equalBytes, subUopen } from "../../../chain/primitives/index.js";
import type { Address, Uopen } from "../../../chain/primitives/index.js";
import type { Authorization, SendAuthorization, StakeAuthorization } from "./authorization.js";

/** What a limit looks at: who gets how much. Of staking, the validator where the stake will be. */
export interface Use {
  readonly target: Address;
  readonly amount: Uopen;
}

function includes(list: readonly Address[], address: Address): boolean {
  return list.some((a) => equalBytes(a, address));
}

function acceptSend(given: SendAuthorization, { target, amount }: Use): SendAuthorization | undefined {
  if (amount > given.limit) throw SdkError.InsufficientFunds("requested amount is more than spend limit");
  if (given.allowed.length > 0 && !includes(given.allowed, target))
    throw SdkError.Unauthorized(`cannot send to ${formatAddress(target)} address`);
  const left = subUopen(given.limit, amount);
  return left === 0n ? undefined : { ...given, limit: left };
}

function acceptStake(given: StakeAuthorization, { target, amount }: Use): StakeAuthorization | undefined {
  const { list, operators } = given.validators;
  const isListed = includes(operators, target);
  if (list === "allow" ? operators.length > 0 && !isListed : isListed)
    throw SdkError.Unauthorized(`cannot delegate/undelegate to ${formatOperatorAddress(target)} validator`);
  if (given.limit === undefined) return given;
  if (amount > given.limit) throw SdkError.InsufficientFunds(`negative coin amount: ${given.limit - amount}uopen`);
  const left = subUopen(given.limit, amount);
  return left === 0n ? undefined : { ...given, limit: left };
}

/**
 * The authorization after one use; undefined when it is used up. `use` is undefined for messages without target and amount, which
 * only a generic authorization is for.
 *
 * @throws Reject sdk/4 on a target that is not allowed, sdk/5 beyond the limit, sdk/29 where the message does not fit.
 */
export function accept(authorization: Authorization, use: Use | undefined): Authorization | undefined {
  if (authorization.kind === "generic") return authorization;
  if (use === undefined) throw SdkError.InvalidType("type mismatch");
  return authorization.kind === "send" ? acceptSend(authorization, use) : acceptStake(authorization, use);
}
