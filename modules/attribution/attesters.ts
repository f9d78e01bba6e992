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
export function activeValidators(stores: ReadStores, ports: AttributionPorts): ReadonlySet<string> {
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

/** Absences weigh twice: whoever takes part in less than two thirds of what it is asked, as a quorum needs, has too many in time. */
const ABSENCE = 2;

/** What one member's part in a review or audit adds to its absences. */
function absenceOf({ committed, revealed, agreed }: TaskAttester, fate: Fate): number {
  if (fate === "decided" && !revealed) return 0;
  const isPresent = fate === "decided" ? agreed : fate === "unrevealed" ? committed : revealed;
  return isPresent ? -1 : ABSENCE;
}

/** Whether a review or audit came to something; if not, whether there was anything to see. */
type Fate = "decided" | "undecided" | "unrevealed";

/**
 * Reviews and audits pay nobody, so that nobody has a side. Whoever leaves them to others until they fail, or says anything, loses its
 * pay for what it attests (ADR 0104). To be too late where the others were enough is no absence.
 */
export function noteTurnout(ctx: Context, ports: AttributionPorts, committee: readonly TaskAttester[], isDecided: boolean): void {
  const { attesters, params } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const { maxMisses } = params.getOrFail();
  const active = activeValidators(ctx, ports);
  const fate: Fate = isDecided ? "decided" : committee.some((a) => a.revealed) ? "undecided" : "unrevealed";
  for (const member of committee.filter((m) => active.has(toHex(m.validator)))) {
    const before = attesters.get(member.validator)?.absences ?? 0;
    const absences = Math.max(0, before + absenceOf(member, fate));
    if (absences === before) continue;
    if (absences >= maxMisses) forfeit(ctx, ports, member.validator);
    noteAttester(ctx, ports, member.validator, () => ({ absences: absences >= maxMisses ? 0 : absences }));
  }
}

/**
 * Remembers how the committee of a resolved task did. Too many misses in a row, and it loses its pay and is jailed. To agree
 * in an audit makes no miss forgotten: whoever has no idea who shaped answers cannot make up for it by redoing a row now and then.
 */
export function noteParts(ctx: Context, ports: AttributionPorts, committee: readonly TaskAttester[], of: "attribution" | "audit"): void {
  const active = activeValidators(ctx, ports);
  for (const { validator, committed, agreed } of committee) {
    if (!committed) continue;
    if (agreed) {
      noteAttester(ctx, ports, validator, (b) => ({ misses: of === "audit" ? b.misses : 0, agreed: b.agreed + 1n }));
      continue;
    }
    if (active.has(toHex(validator))) noteMiss(ctx, ports, validator);
  }
}
