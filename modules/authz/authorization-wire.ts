import { GenericAuthorization } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { SendAuthorization } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { AuthorizationType, StakeAuthorization } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress, formatOperatorAddress, parseAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import { Reject, UOPEN, toHex } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { AuthzError } from "./errors.js";
import type { Authorization, StakeAction, StakeAuthorization as Stake } from "./rules/authorization.js";

/** What may stand in the Any of a grant. */
export const AUTHORIZATION_TYPES: readonly AnyCodec[] = [
  GenericAuthorization,
  SendAuthorization,
  StakeAuthorization,
] as readonly AnyCodec[];

const GENERIC = `/${GenericAuthorization.typeName}`;
const SEND = `/${SendAuthorization.typeName}`;
const STAKE = `/${StakeAuthorization.typeName}`;

/** Every use compares them all. */
const MAX_LIST = 256;
/** No type URL is longer. */
const MAX_URL_LENGTH = 256;

const ACTIONS: readonly (readonly [number, StakeAction])[] = [
  [AuthorizationType.AUTHORIZATION_TYPE_DELEGATE, "delegate"],
  [AuthorizationType.AUTHORIZATION_TYPE_UNDELEGATE, "undelegate"],
  [AuthorizationType.AUTHORIZATION_TYPE_REDELEGATE, "redelegate"],
  [AuthorizationType.AUTHORIZATION_TYPE_CANCEL_UNBONDING_DELEGATION, "cancel-unbonding"],
];

/** @throws Reject bank/8 on an address that stands twice, sdk/18 on a list without bound, sdk/7. */
function parseList(texts: readonly string[], parse: (text: string) => Address): Address[] {
  if (texts.length > MAX_LIST) throw SdkError.InvalidRequest(`more than ${MAX_LIST} addresses`);
  const addresses = texts.map(parse);
  if (new Set(addresses.map(toHex)).size < addresses.length) throw new Reject("bank", 8, "duplicate entry");
  return addresses;
}

function parseGeneric({ msg }: GenericAuthorization): Authorization {
  if (msg === "") throw SdkError.InvalidRequest("msg type cannot be empty");
  if (msg.length > MAX_URL_LENGTH) throw SdkError.InvalidRequest(`msg type is longer than ${MAX_URL_LENGTH}`);
  return { kind: "generic", message: msg };
}

function parseSend({ spendLimit, allowList }: SendAuthorization): Authorization {
  if (spendLimit.length === 0) throw SdkError.InvalidCoins("spend limit cannot be nil");
  return { kind: "send", limit: parseCoins(spendLimit), allowed: parseList(allowList, parseAddress) };
}

function parseValidators({ allowList, denyList }: StakeAuthorization): Stake["validators"] {
  if (allowList !== undefined && denyList !== undefined)
    throw SdkError.InvalidRequest("cannot set both allowed & deny list");
  const list = allowList !== undefined ? "allow" : denyList !== undefined ? "deny" : "none";
  return { list, operators: parseList((allowList ?? denyList)?.address ?? [], parseOperatorAddress) };
}

function parseStake(wire: StakeAuthorization): Authorization {
  const [, action] = ACTIONS.find(([type]) => type === wire.authorizationType) ?? [];
  const { maxTokens } = wire;
  if (maxTokens?.amount.startsWith("-") === true)
    throw AuthzError.NegativeMaxTokens(`negative coin amount: ${maxTokens.amount.slice(0, 40)}${maxTokens.denom.slice(0, 40)}`);
  if (action === undefined) throw AuthzError.UnknownAuthorizationType();
  const limit = maxTokens === undefined ? undefined : parseCoins([maxTokens], true);
  return { kind: "stake", action, limit, validators: parseValidators(wire) };
}

/** @throws Reject sdk/29 on another type, authz/4 or 12, bank/8, and sdk codes on malformed values. */
export function authorizationFromAny(any: Any | undefined): Authorization {
  if (any === undefined) throw SdkError.InvalidType("authorization is nil");
  switch (any.typeUrl) {
    case GENERIC:
      return parseGeneric(GenericAuthorization.decode(any.value));
    case SEND:
      return parseSend(SendAuthorization.decode(any.value));
    case STAKE:
      return parseStake(StakeAuthorization.decode(any.value));
    default:
      throw SdkError.InvalidType(`no authorization: ${any.typeUrl.slice(0, 100)}`);
  }
}

function stakeWire({ action, limit, validators }: Stake): StakeAuthorization {
  const address = validators.operators.map(formatOperatorAddress);
  const [authorizationType = 0] = ACTIONS.find(([, name]) => name === action) ?? [];
  return {
    maxTokens: limit === undefined ? undefined : { denom: UOPEN, amount: limit.toString() },
    allowList: validators.list === "allow" ? { address } : undefined,
    denyList: validators.list === "deny" ? { address } : undefined,
    authorizationType,
  };
}

/** The Any that state, queries and genesis hold. */
export function authorizationToAny(authorization: Authorization): Any {
  switch (authorization.kind) {
    case "generic":
      return { typeUrl: GENERIC, value: GenericAuthorization.encode({ msg: authorization.message }) };
    case "send": {
      const { limit, allowed } = authorization;
      const value = SendAuthorization.encode({ spendLimit: toCoins(limit), allowList: allowed.map(formatAddress) });
      return { typeUrl: SEND, value };
    }
    case "stake":
      return { typeUrl: STAKE, value: StakeAuthorization.encode(stakeWire(authorization)) };
    default:
      return authorization satisfies never;
  }
}
