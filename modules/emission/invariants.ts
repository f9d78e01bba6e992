import { parseUopen } from "../../chain/codec/index.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { owed, unclaimedBytes } from "./genesis.js";
import type { EmissionPorts } from "./ports.js";
import { EMISSION_STORE, emissionState } from "./state.js";

export const invariants = ({ token }: EmissionPorts): readonly Invariant[] => [
  {
    name: "the emission account holds exactly what is allocated and not claimed",
    holds(ctx) {
      const [due, held] = [owed(ctx), token.moduleBalance(ctx, EMISSION_STORE)];
      return due === held || { due, held };
    },
  },
  {
    name: "the shares of an allocation sum to its bytes that are not claimed",
    holds(ctx) {
      const { allocations, running } = emissionState.read(ctx.store(EMISSION_STORE));
      const sums = unclaimedBytes(ctx);
      for (const [[datanetId, epoch], { bytes, claimedBytes }] of allocations.entries()) {
        const left = sums.get(`${datanetId}/${epoch}`) ?? 0n;
        if (left !== bytes - claimedBytes) return { datanetId, epoch, left, unclaimed: bytes - claimedBytes };
      }
      for (const [[epoch, datanetId], bytes] of running.entries()) {
        const counted = sums.get(`${datanetId}/${epoch}`) ?? 0n;
        if (counted !== bytes) return { datanetId, epoch, counted, bytes };
      }
      return true;
    },
  },
  {
    name: "nobody is paid more than was allocated",
    holds(ctx) {
      for (const { datanetId, epoch, amount, paid, returned } of emissionState.read(ctx.store(EMISSION_STORE)).allocations.values()) {
        if (parseUopen(paid) + parseUopen(returned) > parseUopen(amount)) return { datanetId, epoch, amount, paid, returned };
      }
      return true;
    },
  },
];
