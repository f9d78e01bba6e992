import { parseUopen } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { sumUopen, toHash32 } from "../../chain/primitives/index.js";
import { ContributionStatus } from "../../proto/gen/openledger/datanet/v1.js";
import type { Token } from "./ports.js";
import { DATANET_STORE, datanetState } from "./state.js";

const open = (ctx: ReadContext): ReturnType<typeof datanetState.read> => datanetState.read(ctx.store(DATANET_STORE));

const { CONTRIBUTION_STATUS_ACCEPTED, CONTRIBUTION_STATUS_COMMITTED, CONTRIBUTION_STATUS_REVEALED } = ContributionStatus;

const sponsorships: Invariant = {
  name: "a sponsor stands for what is undecided and names it, and for nothing that is over",
  holds(ctx) {
    const state = open(ctx);
    const used = new Map<string, number>();
    for (const [, id] of state.pending.keys()) {
      const { contributor, sponsor } = state.contributions.getOrFail(id);
      if (sponsor !== "") used.set(`${contributor}/${sponsor}`, (used.get(`${contributor}/${sponsor}`) ?? 0) + 1);
    }
    for (const { contributor, sponsor, bonds, inUse } of state.sponsorships.values()) {
      const key = `${contributor}/${sponsor}`;
      if ((used.get(key) ?? 0) !== inUse || bonds + inUse === 0) return { contributor, sponsor, bonds, inUse };
      used.delete(key);
    }
    return used.size === 0 || { without: used.size };
  },
};

/** Statements that hold after every block. */
export const invariants = (token: Token): readonly Invariant[] => [
  {
    name: "the datanet account holds exactly the deposits and bonds",
    holds(ctx) {
      const state = open(ctx);
      const deposits = [...state.datanets.values()].map((d) => parseUopen(d.deposit));
      const bonds = [...state.contributions.values()].map((c) => parseUopen(c.bond));
      const owed = sumUopen([...deposits, ...bonds]);
      const held = token.moduleBalance(ctx, DATANET_STORE);
      return owed === held || { owed, held };
    },
  },
  {
    name: "each row belongs to the accepted contribution with the lowest id that has it",
    holds(ctx) {
      const state = open(ctx);
      for (const c of state.contributions.values()) {
        if (c.status !== CONTRIBUTION_STATUS_ACCEPTED) continue;
        for (const { hash } of state.rows.getOrFail(c.id).rows) {
          const owner = state.rowOwners.get([c.datanetId, toHash32(hash)]);
          if (owner === undefined || owner > c.id) return { contribution: c.id, owner: owner ?? 0n };
        }
      }
      return true;
    },
  },
  {
    name: "a contribution is pending exactly while it is committed or revealed, and due exactly while committed",
    holds(ctx) {
      const state = open(ctx);
      for (const c of state.contributions.values()) {
        const isWaiting = c.status === CONTRIBUTION_STATUS_COMMITTED;
        const isPending = isWaiting || c.status === CONTRIBUTION_STATUS_REVEALED;
        const agrees =
          state.pending.has([c.datanetId, c.id]) === isPending &&
          state.deadlines.has([c.revealDeadline, c.id]) === isWaiting;
        if (!agrees) return { contribution: c.id, status: c.status };
      }
      return true;
    },
  },
  sponsorships,
  {
    name: "a datanet counts its accepted contributions and their rows, duplicates left out",
    holds(ctx) {
      const state = open(ctx);
      for (const datanet of state.datanets.values()) {
        const own = [...state.byDatanet.keys({ prefix: [datanet.id] })].map(([, id]) => state.contributions.getOrFail(id));
        const accepted = own.filter((c) => c.status === CONTRIBUTION_STATUS_ACCEPTED);
        const rows = accepted.reduce((sum, c) => sum + BigInt(c.rowCount - c.duplicateRows), 0n);
        if (BigInt(accepted.length) !== datanet.contributions || rows !== datanet.rows) {
          return { datanet: datanet.id, contributions: accepted.length, rows };
        }
      }
      return true;
    },
  },
];
