import { createHmac } from "node:crypto";
import type { ExtensionSource } from "../../chain/attest/index.js";
import { u64be, utf8 } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";

export interface SourceOptions {
  /** This validator's consensus address, or undefined for a node that only follows. */
  readonly validator: Address | undefined;
  readonly chainId: string;
  /** 32 secret bytes of this node. Salts derive from them, so a restart opens the commitments made before it. */
  readonly secret: Uint8Array;
}

/** What the sidecar found, kept until its task has ended. */
export interface TaskValues extends ExtensionSource {
  has(taskId: bigint): boolean;
  put(taskId: bigint, value: Uint8Array): void;
  /** Forgets every task that is not listed. */
  keep(open: ReadonlySet<bigint>): void;
  readonly size: number;
}

const DOMAIN = utf8("openledger/node/attest-salt/v1");

export function createTaskValues({ validator, chainId, secret }: SourceOptions): TaskValues {
  const values = new Map<bigint, Uint8Array>();
  return {
    validator,
    get size() {
      return values.size;
    },
    // The same inputs give the same value, so every attempt of a task shares one.
    value: (taskId) => values.get(taskId),
    salt: (taskId, attempt) =>
      new Uint8Array(
        createHmac("sha256", secret)
          .update(DOMAIN)
          .update(utf8(chainId))
          .update(u64be(taskId))
          .update(u64be(BigInt(attempt)))
          .digest(),
      ),
    has: (taskId) => values.has(taskId),
    put: (taskId, value) => void values.set(taskId, value),
    keep(open) {
      for (const id of [...values.keys()]) if (!open.has(id)) values.delete(id);
    },
  };
}
