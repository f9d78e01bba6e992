/** Accounts of a genesis document in a file, as simd's bulk-add-genesis-account reads them. */
import type { Uopen } from "../../chain/primitives/index.js";
import { UOPEN } from "../../chain/primitives/index.js";
import type { Schedule } from "../../modules/auth/index.js";
import { EdgeFailure } from "../errors.js";
import { parseCoinsArgument } from "./coins-argument.js";

/** What is locked, and between which Unix times. */
export interface Vesting {
  readonly original: Uopen;
  readonly start: bigint | undefined;
  readonly end: bigint | undefined;
}

/** How the parts of a Vesting were given. */
export interface VestingNames {
  readonly amount: string;
  readonly start: string;
  readonly end: string;
}

/** Without a start, or with zero as simd has it, all is released at the end. @throws EdgeFailure "config" where the parts contradict one another. */
export function vestingSchedule({ original, start, end }: Vesting, amount: Uopen, names: VestingNames): Schedule {
  if (original > amount) throw new EdgeFailure("config", `${names.amount} cannot be greater than the account's coins`);
  if (end === undefined) throw new EdgeFailure("config", `${names.amount} needs ${names.end}`);
  if (start === undefined || start === 0n) return { kind: "delayed", original, end };
  if (end <= start) throw new EdgeFailure("config", `${names.end} must be after ${names.start}`);
  return { kind: "continuous", original, start, end };
}

/** An account of the file, by address or name of a key. */
export interface FileAccount {
  readonly who: string;
  readonly amount: Uopen;
  readonly vesting?: Schedule;
}

/** Most accounts of one file. */
const MAX_ACCOUNTS = 10_000;
const FIELDS: readonly string[] = ["address", "coins", "vesting_amt", "vesting_start", "vesting_end"];
const NAMES: VestingNames = { amount: "vesting_amt", start: "vesting_start", end: "vesting_end" };

type JsonMap = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Uopen of a list of coins, which has one coin at most; undefined where there is none. */
function coinsAt(json: JsonMap, name: string): Uopen | undefined {
  const coins = json[name] ?? [];
  if (!Array.isArray(coins)) throw new EdgeFailure("malformed", `"${name}" must be a list of coins`);
  const [coin, more] = coins as readonly unknown[];
  if (coin === undefined) return undefined;
  if (!isMap(coin) || typeof coin["denom"] !== "string" || typeof coin["amount"] !== "string" || more !== undefined)
    throw new EdgeFailure("malformed", `"${name}" must look like [{"denom": "${UOPEN}", "amount": "1000000"}]`);
  return parseCoinsArgument(`${coin["amount"]}${coin["denom"]}`, `"${name}"`);
}

function timeAt(json: JsonMap, name: string): bigint | undefined {
  const value = json[name];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new EdgeFailure("malformed", `"${name}" must be a Unix time in seconds`);
  return BigInt(value);
}

function accountOf(json: unknown): FileAccount {
  if (!isMap(json) || typeof json["address"] !== "string") throw new EdgeFailure("malformed", 'an account needs its "address"');
  const unknown = Object.keys(json).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw new EdgeFailure("malformed", `a field "${unknown}" means nothing here; there are ${FIELDS.join(", ")}`);
  const [amount, original] = [coinsAt(json, "coins"), coinsAt(json, "vesting_amt")];
  const [start, end] = [timeAt(json, "vesting_start"), timeAt(json, "vesting_end")];
  if (amount === undefined) throw new EdgeFailure("malformed", `${json["address"].slice(0, 60)} has no coins`);
  if (original === undefined && (start ?? end ?? 0n) > 0n) throw new EdgeFailure("config", '"vesting_start" and "vesting_end" need "vesting_amt"');
  return { who: json["address"], amount, ...(original === undefined ? {} : { vesting: vestingSchedule({ original, start, end }, amount, NAMES) }) };
}

/** @throws EdgeFailure "malformed" or "config" naming the account, from 1. */
export function parseAccountsFile(text: string, path: string): readonly FileAccount[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `${path} is no JSON: ${cause instanceof Error ? cause.message : ""}`, {}, cause);
  }
  if (!Array.isArray(json)) throw new EdgeFailure("malformed", `${path} must hold a list of accounts`);
  if (json.length > MAX_ACCOUNTS) throw new EdgeFailure("too-large", `${path} has ${json.length} accounts; at most ${MAX_ACCOUNTS} are added at a time`);
  return json.map((one: unknown, i) => {
    try {
      return accountOf(one);
    } catch (error) {
      if (!(error instanceof EdgeFailure)) throw error;
      throw new EdgeFailure(error.code, `${path}, account ${i + 1}: ${error.message}`, {}, error);
    }
  });
}
