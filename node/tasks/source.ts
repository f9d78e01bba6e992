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
  has(taskId: bigint, attempt: number): boolean;
  /** A value that is bound to one attempt is not used in another. */
  put(taskId: bigint, value: Uint8Array, attempt?: number): void;
  /** Forgets every task that is not listed. */
  keep(open: ReadonlySet<bigint>): void;
  readonly size: number;
}

const DOMAIN = utf8("openledger/node/attest-salt/v1");

export function createTaskValues({ validator, chainId, secret }: SourceOptions): TaskValues {
  const values = new Map<bigint, { readonly value: Uint8Array; readonly attempt: number | undefined }>();
  const valueOf = (taskId: bigint, attempt: number): Uint8Array | undefined => {
    const known = values.get(taskId);
    return known?.attempt === undefined || known.attempt === attempt ? known?.value : undefined;
  };
  return {
    validator,
    get size() {
      return values.size;
    },
    value: valueOf,
    salt: (taskId, attempt) =>
      new Uint8Array(
        createHmac("sha256", secret)
          .update(DOMAIN)
          .update(utf8(chainId))
          .update(u64be(taskId))
          .update(u64be(BigInt(attempt)))
          .digest(),
      ),
    has: (taskId, attempt) => valueOf(taskId, attempt) !== undefined,
    put: (taskId, value, attempt) => void values.set(taskId, { value, attempt }),
    keep(open) {
      for (const id of [...values.keys()]) if (!open.has(id)) values.delete(id);
    },
  };
}
