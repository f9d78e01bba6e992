import { expect } from "chai";
import fc from "fast-check";
import { Reject, toGas, toHex } from "../primitives/index.js";
import { createGasMeter, createMemoryKv, createMultiBranch, meterStore, openMultiStore } from "./index.js";
import type { KvStore, MultiStore, Store } from "./index.js";

/**
 * Two nodes run the same blocks: one never stops, the other restarts whenever the generator says so and so reads from disk
 * what the first has in memory. Values, gas, rejections and app hashes must not tell them apart.
 */

const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 6 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, value: fc.uint8Array({ minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constantFrom("get" as const, "has" as const, "delete" as const), key }),
  fc.record({ kind: fc.constant("walk" as const), key, reverse: fc.boolean(), limit: fc.nat(5) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const tx = fc.record({
  store: fc.constantFrom("a", "b"),
  limit: fc.integer({ min: 500, max: 60_000 }),
  steps: fc.array(step, { maxLength: 12 }),
});
const block = fc.record({ restarts: fc.boolean(), txs: fc.array(tx, { maxLength: 5 }) });
type Tx = typeof tx extends fc.Arbitrary<infer T> ? T : never;

function run(store: Store, s: Step, seen: string[]): void {
  if (s.kind === "set") store.set(s.key, s.value);
  else if (s.kind === "delete") store.delete(s.key);
  else if (s.kind === "has") seen.push(String(store.has(s.key)));
  else if (s.kind === "walk") walk(store, s, seen);
  else seen.push(toHex(store.get(s.key) ?? new Uint8Array(0)));
}

function walk(store: Store, s: Extract<Step, { kind: "walk" }>, seen: string[]): void {
  let left = s.limit;
  for (const [k, v] of store.iterate(s.key, undefined, { reverse: s.reverse })) {
    seen.push(`${toHex(k)}=${toHex(v)}`);
    if (left-- === 0) return;
  }
}

/** Runs one transaction on a branch of the block and says all that a client could see of it. */
function deliver(state: ReturnType<typeof createMultiBranch>, t: Tx): string {
  const branch = createMultiBranch(state);
  const meter = createGasMeter(toGas(BigInt(t.limit)));
  const store = meterStore(branch.store(t.store), meter);
  const seen: string[] = [];
  try {
    for (const s of t.steps) run(store, s, seen);
    branch.flush();
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    branch.discard();
    seen.push(error.message);
  }
  return `${seen.join()} gas ${meter.consumed}`;
}

class TestNode {
  readonly #kv: KvStore = createMemoryKv();
  #state: MultiStore = this.#open();

  #open(): MultiStore {
    return openMultiStore({ kv: this.#kv, stores: ["a", "b"] });
  }

  restart(): void {
    this.#state = this.#open();
  }

  runBlock(txs: readonly Tx[]): string[] {
    const branch = createMultiBranch(this.#state);
    const results = txs.map((t) => deliver(branch, t));
    branch.flush();
    return [...results, toHex(this.#state.commit().appHash)];
  }
}

describe("execution over the store", () => {
  it("does not depend on what a node has in memory", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 10 }), (blocks) => {
        const steady = new TestNode();
        const restarting = new TestNode();
        for (const { restarts, txs } of blocks) {
          if (restarts) restarting.restart();
          expect(restarting.runBlock(txs)).to.deep.equal(steady.runBlock(txs));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("leaves no trace of a transaction that ran out of gas", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const [with_, without] = [new TestNode(), new TestNode()];
        const poor: Tx = { store: "a", limit: 1, steps: [...steps, { kind: "has", key: Uint8Array.of(1) }] };
        const rich: Tx = { store: "a", limit: 1_000_000, steps };
        const tail = (results: string[]) => results.slice(-2);
        expect(tail(with_.runBlock([poor, rich]))).to.deep.equal(tail(without.runBlock([rich])));
      }),
    );
  });
});
