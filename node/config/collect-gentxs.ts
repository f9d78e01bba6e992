import { createTypeRegistry, formatAddress, formatOperatorAddress, fromJson, toJson } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { ED25519_URL } from "../../chain/kernel/index.js";
import { compareBytes, equalBytes, splitTime } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { BONDED_POOL, selfDelegation } from "../../modules/staking/index.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { BondStatus, GenesisState, Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { EdgeFailure } from "../errors.js";
import { GenesisLedger } from "./genesis-accounts.js";
import type { Gentx } from "./gentx.js";

type AppState = Readonly<Record<string, unknown>>;

const REGISTRY = createTypeRegistry([PubKey] as readonly AnyCodec[]);

/** A bonded validator with what it says of itself. Its shares are its tokens: nobody was slashed before genesis. */
function validatorOf(gentx: Gentx, time: TimeNs): Validator {
  const { seconds, nanos } = splitTime(time);
  return Validator.create({
    operatorAddress: formatOperatorAddress(gentx.operator),
    consensusPubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: gentx.consensusKey }) },
    status: BondStatus.BOND_STATUS_BONDED,
    tokens: gentx.amount.toString(),
    delegatorShares: (gentx.amount * 10n ** 18n).toString(),
    description: gentx.description,
    commission: { commissionRates: gentx.commission, updateTime: { seconds, nanos } },
    minSelfDelegation: gentx.minSelfDelegation.toString(),
  });
}

function consensusKeyOf({ consensusPubkey }: Validator): Uint8Array {
  return PubKey.decode(consensusPubkey?.value ?? new Uint8Array(0)).key;
}

/** Whether this very validator is there already. @throws EdgeFailure "config" when its operator or its key is another's. */
function isThere(gentx: Gentx, validators: readonly Validator[]): boolean {
  const operator = formatOperatorAddress(gentx.operator);
  const same = validators.find((v) => v.operatorAddress === operator);
  const twin = validators.find((v) => equalBytes(consensusKeyOf(v), gentx.consensusKey));
  if (same !== undefined && same === twin) return true;
  if (same !== undefined) throw new EdgeFailure("config", `${operator} is in genesis with another consensus key`);
  if (twin !== undefined) throw new EdgeFailure("config", `the consensus key of ${operator} is that of ${twin.operatorAddress} too`);
  return false;
}

/**
 * app_state with the validators of genesis transactions, each bonded with coins of its own account (ADR 0115). Those that
 * are there already stay as they are, so collecting again is no harm.
 *
 * @throws EdgeFailure "config" on a stake that its account cannot pay, or a key that stands twice.
 */
export function applyGentxs(appState: AppState, gentxs: readonly Gentx[], time: TimeNs): AppState {
  const staking = fromJson(GenesisState, appState["staking"] ?? {}, { registry: REGISTRY });
  const ledger = new GenesisLedger(appState);
  const pool = ledger.openModule(BONDED_POOL);
  const validators = [...staking.validators];
  const delegations = [...staking.delegations];
  // By operator: whoever collects the same transactions writes the same document.
  for (const gentx of gentxs.toSorted((a, b) => compareBytes(a.operator, b.operator))) {
    if (isThere(gentx, validators)) continue;
    const operator = formatAddress(gentx.operator);
    if (ledger.account(gentx.operator) === undefined) {
      throw new EdgeFailure("config", `account ${operator} is not in genesis.json; add it with \`openledgerd genesis add-account\``);
    }
    ledger.move(gentx.operator, pool, gentx.amount, operator);
    const validator = validatorOf(gentx, time);
    validators.push(validator);
    delegations.push(selfDelegation(validator));
  }
  return { ...ledger.appState(), staking: toJson(GenesisState, { ...staking, validators, delegations }, REGISTRY) };
}
