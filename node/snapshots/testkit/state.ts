/** A state of a few chunks over a real store, with what the service asks of its application. */
import { EMPTY_BYTES, toHeight, utf8 } from "../../../chain/primitives/index.js";
import type { Height } from "../../../chain/primitives/index.js";
import { openMultiStore } from "../../../chain/store/index.js";
import type { KvStore, MultiStore } from "../../../chain/store/index.js";
import type { SnapshotApp } from "../options.js";

/** Small, so that a small state has several. */
export const TEST_CHUNK_BYTES = 100_000;

const NAMES = ["accounts", "blobs", "nothing"];

/** A block of a few hundred small keys and `bulk` values of 5 kB. */
export function writeBlock(state: MultiStore, seed: number, bulk: number): void {
  for (let i = 0; i < 300; i++) state.store("accounts").set(utf8(`a/${(i * 7919) % 1_000}/${i % (seed + 1)}`), utf8(`${seed}-${i}`));
  for (let i = 0; i < bulk; i++) state.store("blobs").set(utf8(`b/${seed}/${i}`), new Uint8Array(5_000).fill(seed * 31 + i));
  state.commit();
}

export function openState(kv: KvStore, keepRecent = 2): MultiStore {
  return openMultiStore({ kv, stores: NAMES, keepRecent });
}

export function appOver(state: MultiStore): SnapshotApp {
  return {
    stores: state.names,
    info: () => ({
      data: "test",
      version: "1",
      appVersion: 1n,
      lastBlockHeight: state.last.version,
      lastBlockAppHash: state.last.version === 0n ? EMPTY_BYTES : state.last.appHash,
    }),
    hold: (version: Height) => state.hold(version),
    restored: () => state.reload(),
  };
}

export const height = (n: number): Height => toHeight(BigInt(n));
