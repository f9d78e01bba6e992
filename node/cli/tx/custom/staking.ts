import { parseDecimal } from "../../../../chain/codec/index.js";
import { MsgCreateValidator, MsgEditValidator } from "../../../../proto/gen/cosmos/staking/v1beta1.js";
import { EdgeFailure } from "../../../errors.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { anyOfJson, coinOf, fieldText, jsonFile, pack, urlOf } from "./pack.js";
import type { JsonMap } from "./pack.js";

const FIELDS = [
  "pubkey", "amount", "moniker", "identity", "website", "security", "details", "commission-rate", "commission-max-rate", "commission-max-change-rate",
  "min-self-delegation",
] as const;

function rateOf(text: string, name: string): string {
  try {
    return parseDecimal(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `${name} must look like 0.1, got "${text.slice(0, 60)}"`, {}, cause);
  }
}

function rateIn(json: JsonMap, name: string): string {
  return rateOf(fieldText(json, name), name);
}

/** The file that simd reads. */
export const CREATE_VALIDATOR: CustomTx = {
  module: "staking",
  use: "create-validator <validator.json>",
  about: [
    "Create new validator initialized with a self-delegation to it. The file holds",
    '  {"pubkey": <openledgerd comet show-validator>, "amount": "1000000uopen", "moniker": "ada", "identity": "", "website": "",',
    '   "security": "", "details": "", "commission-rate": "0.1", "commission-max-rate": "0.2",',
    '   "commission-max-change-rate": "0.01", "min-self-delegation": "1"}',
  ].join("\n"),
  example: "validator.json --from ada",
  sends: [urlOf(MsgCreateValidator)],
  build({ args, sender, sources }) {
    const path = textAt(args, 0);
    const json = jsonFile(sources.file(path), path, FIELDS);
    const text = (name: string): string => fieldText(json, name, "");
    const message = pack(MsgCreateValidator, {
      description: { moniker: fieldText(json, "moniker"), identity: text("identity"), website: text("website"), securityContact: text("security"), details: text("details") },
      commission: { rate: rateIn(json, "commission-rate"), maxRate: rateIn(json, "commission-max-rate"), maxChangeRate: rateIn(json, "commission-max-change-rate") },
      minSelfDelegation: fieldText(json, "min-self-delegation"),
      delegatorAddress: "",
      validatorAddress: sender.operator,
      pubkey: anyOfJson(json["pubkey"], "pubkey"),
      value: coinOf(fieldText(json, "amount"), "amount"),
    });
    return Promise.resolve([message]);
  },
};

/** What x/staking takes for "as it is". */
const KEEP = "[do-not-modify]";

interface EditOptions {
  readonly newMoniker: string;
  readonly identity: string;
  readonly website: string;
  readonly securityContact: string;
  readonly details: string;
  readonly commissionRate?: string;
  readonly minSelfDelegation?: string;
}

export const EDIT_VALIDATOR: CustomTx = {
  module: "staking",
  use: "edit-validator",
  about: "Edit an existing validator account",
  example: '--new-moniker "Ada Lovelace" --from ada',
  sends: [urlOf(MsgEditValidator)],
  flags: (command) =>
    void command
      .option("--new-moniker <name>", "the validator's name", KEEP)
      .option("--identity <text>", "the (optional) identity signature (ex. UPort or Keybase)", KEEP)
      .option("--website <url>", "the validator's (optional) website", KEEP)
      .option("--security-contact <email>", "the validator's (optional) security contact email", KEEP)
      .option("--details <text>", "the validator's (optional) details", KEEP)
      .option("--commission-rate <rate>", "the new commission rate percentage, like 0.1")
      .option("--min-self-delegation <uopen>", "the minimum self delegation required on the validator"),
  build({ options, sender }) {
    const { newMoniker, identity, website, securityContact, details, commissionRate, minSelfDelegation } = options as object as EditOptions;
    if (minSelfDelegation !== undefined && !/^[1-9]\d{0,30}$/.test(minSelfDelegation)) throw new EdgeFailure("malformed", "--min-self-delegation must be a positive whole number");
    const message = pack(MsgEditValidator, {
      description: { moniker: newMoniker, identity, website, securityContact, details },
      validatorAddress: sender.operator,
      commissionRate: commissionRate === undefined ? "" : rateOf(commissionRate, "--commission-rate"),
      minSelfDelegation: minSelfDelegation ?? "",
    });
    return Promise.resolve([message]);
  },
};
