import type { Attester as TaskAttester } from "../../chain/attest/index.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { toHeight, toHex, toPpm } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { AttesterRecord } from "../../proto/gen/openledger/attribution/v1.js";
import type { Attester } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionPorts } from "./ports.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

/** Hex of the validators with power: listed once a task, since listing them costs a look at each. */
function activeValidators(stores: ReadStores, ports: AttributionPorts): ReadonlySet<string> {
  return new Set(ports.validators.members(stores).map((m) => toHex(m.validator)));
}

/** Accounts of a committee's operators. A validator that is forgotten or jailed by now forfeits its part. */
export function operatorsOf(stores: ReadStores, ports: AttributionPorts, committee: readonly TaskAttester[]): Attester[] {
  const active = activeValidators(stores, ports);
  return committee.map(({ validator, power, agreed }) => {
    const operator = ports.validators.operator(stores, validator);
    if (operator === undefined) return { account: "", power, agreed: false };
    return { account: formatAddress(operator), power, agreed: agreed && active.has(toHex(validator)) };
  });
}

/** Changes what is known of an attester, which may be new. */
export function noteAttester(
  ctx: Context,
  ports: AttributionPorts,
  validator: Address,
  change: (before: AttesterRecord) => Partial<AttesterRecord>,
): AttesterRecord {
  const { attesters } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const operator = ports.validators.operator(ctx, validator);
  const account = operator === undefined ? "" : formatAddress(operator);
  const before = attesters.get(validator) ?? AttesterRecord.create({ validator, account });
  const after = { ...before, ...change(before) };
  attesters.set(validator, after);
  return after;
}

/** Out of the set for the jail period, if the network can spare it. */
export function jail(ctx: Context, ports: AttributionPorts, validator: Address): boolean {
  const { jailPeriod } = attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.getOrFail();
  return ports.punishment.jail(ctx, validator, toHeight(ctx.block.height + BigInt(jailPeriod)));
}

/** For one that is proven wrong. The slashed stake lies in this module's account afterwards; returns how much. */
export function slashAndJail(ctx: Context, ports: AttributionPorts, validator: Address): Uopen {
  const { slashPpm } = attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.getOrFail();
  const taken = ports.punishment.slash(ctx, validator, toPpm(BigInt(slashPpm)), ATTRIBUTION_STORE);
  jail(ctx, ports, validator);
  return taken;
}

/** Its pay as an attester of every record that is not final is forfeit; each loses it when its window ends. */
export function forfeit(ctx: Context, ports: AttributionPorts, validator: Address): void {
  const { forfeits } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { account } = noteAttester(ctx, ports, validator, () => ({ forfeitHeight: ctx.block.height }));
  if (account !== "") forfeits.set(parseAddress(account), ctx.block.height);
}

/** A miss: it promised a value, and what came was far from the outcome, or nothing. To have no sidecar is no lie. */
function noteMiss(ctx: Context, ports: AttributionPorts, validator: Address): void {
  const { maxMisses } = attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.getOrFail();
  const { misses } = noteAttester(ctx, ports, validator, (b) => ({ misses: b.misses + 1, disagreed: b.disagreed + 1n }));
  if (misses < maxMisses) return;
  forfeit(ctx, ports, validator);
  if (jail(ctx, ports, validator)) noteAttester(ctx, ports, validator, () => ({ misses: 0 }));
}

/** Remembers how the committee of a resolved task did. Too many misses in a row, and it loses its pay and is jailed. */
export function noteParts(ctx: Context, ports: AttributionPorts, committee: readonly TaskAttester[]): void {
  const active = activeValidators(ctx, ports);
  for (const { validator, committed, agreed } of committee) {
    if (!committed) continue;
    if (agreed) {
      noteAttester(ctx, ports, validator, (b) => ({ misses: 0, agreed: b.agreed + 1n }));
      continue;
    }
    if (active.has(toHex(validator))) noteMiss(ctx, ports, validator);
  }
}
