import { parseTimestamp } from "../../../../chain/codec/index.js";
import { GenericAuthorization, MsgExec, MsgGrant } from "../../../../proto/gen/cosmos/authz/v1beta1.js";
import { SendAuthorization } from "../../../../proto/gen/cosmos/bank/v1beta1.js";
import { AuthorizationType, StakeAuthorization } from "../../../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../../errors.js";
import { nearest } from "../../../nearest.js";
import { timestampJson } from "../../fields/time-json.js";
import type { FieldSources } from "../../fields/field-json.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { parseTxJson } from "../tx-json.js";
import { coinOf, coinsOf, pack, urlOf } from "./pack.js";

interface GrantOptions {
  readonly spendLimit?: string;
  readonly allowList?: string;
  readonly allowedValidators?: string;
  readonly denyValidators?: string;
  readonly msgType?: string;
  readonly expiration?: string;
}

const STAKE_TYPES: Readonly<Record<string, number>> = {
  delegate: AuthorizationType.AUTHORIZATION_TYPE_DELEGATE,
  unbond: AuthorizationType.AUTHORIZATION_TYPE_UNDELEGATE,
  redelegate: AuthorizationType.AUTHORIZATION_TYPE_REDELEGATE,
};
const TYPES = ["send", "generic", ...Object.keys(STAKE_TYPES)];

async function addresses(text: string | undefined, kind: "account" | "validator", sources: FieldSources): Promise<readonly string[]> {
  const found: string[] = [];
  for (const one of (text ?? "").split(",").filter((part) => part !== "")) found.push(await sources.address(one, kind));
  return found;
}

async function stakeAuthorization(authorizationType: number, options: GrantOptions, sources: FieldSources): Promise<Any> {
  const { spendLimit, allowedValidators, denyValidators } = options;
  const [allow, deny] = [await addresses(allowedValidators, "validator", sources), await addresses(denyValidators, "validator", sources)];
  if ((allow.length === 0) === (deny.length === 0)) throw new EdgeFailure("config", "name validators with either --allowed-validators or --deny-validators");
  return pack(StakeAuthorization, {
    authorizationType,
    maxTokens: spendLimit === undefined ? undefined : coinOf(spendLimit, "--spend-limit"),
    ...(allow.length > 0 ? { allowList: { address: allow } } : { denyList: { address: deny } }),
  });
}

async function authorization(type: string, options: GrantOptions, sources: FieldSources): Promise<Any> {
  const { spendLimit, allowList, msgType } = options;
  const stake = STAKE_TYPES[type];
  if (stake !== undefined) return stakeAuthorization(stake, options, sources);
  if (type === "send") {
    if (spendLimit === undefined) throw new EdgeFailure("config", "a send authorization needs --spend-limit, like 1000000uopen");
    return pack(SendAuthorization, { spendLimit: coinsOf(spendLimit, "--spend-limit"), allowList: await addresses(allowList, "account", sources) });
  }
  if (type === "generic") {
    if (msgType === undefined) throw new EdgeFailure("config", "a generic authorization needs --msg-type, like /cosmos.gov.v1.MsgVote");
    return pack(GenericAuthorization, { msg: msgType });
  }
  throw new EdgeFailure("malformed", `there is no authorization "${type.slice(0, 40)}"; did you mean ${nearest(type, TYPES)}? There are ${TYPES.join(", ")}`);
}

export const AUTHZ_GRANT: CustomTx = {
  module: "authz",
  use: "grant <grantee> <authorization_type>",
  about: "Grant authorization to an address: send, generic, delegate, unbond or redelegate",
  example: "open1... send --spend-limit 1000000uopen --from ada",
  sends: [urlOf(MsgGrant)],
  flags: (command) =>
    void command
      .option("--spend-limit <coins>", "most that may be sent, or staked")
      .option("--allow-list <addresses>", "allowed addresses grantee is allowed to send funds to, separated by commas")
      .option("--msg-type <url>", "which messages a generic authorization is for, like /cosmos.gov.v1.MsgVote")
      .option("--allowed-validators <addresses>", "allowed validators addresses separated by ,")
      .option("--deny-validators <addresses>", "deny validators addresses separated by ,")
      .option("--expiration <time>", "when the grant ends: Unix seconds, or a time like 2027-01-31T12:00:00Z"),
  async build({ args, options, sender, sources }) {
    const given = options as GrantOptions;
    const grantee = await sources.address(textAt(args, 0), "account");
    const expiration = given.expiration === undefined ? undefined : parseTimestamp(timestampJson(given.expiration));
    const grant = { authorization: await authorization(textAt(args, 1), given, sources), expiration };
    return [pack(MsgGrant, { granter: sender.account, grantee, grant })];
  },
};

export const AUTHZ_EXEC: CustomTx = {
  module: "authz",
  use: "exec <tx.json>",
  about: "Execute tx on behalf of granter account: the messages of a file that --generate-only wrote",
  example: "tx.json --from grantee",
  sends: [urlOf(MsgExec)],
  build({ args, sender, sources }) {
    const path = textAt(args, 0);
    const { body } = parseTxJson(sources.file(path), path);
    return Promise.resolve([pack(MsgExec, { grantee: sender.account, msgs: body.messages })]);
  },
};
