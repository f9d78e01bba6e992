import type { Codec } from "../../chain/codec/index.js";
import { verifyChained } from "../../chain/store/ics23/index.js";
import type { ProofOp } from "../../chain/store/ics23/index.js";
import { equalBytes, toHex } from "../../chain/primitives/index.js";
import type { VerifyDoor } from "./door.js";
import { VerifyFailure } from "./errors.js";
import { Fields, unlessRejected } from "./json.js";

/** Where a value stands in the state: a module's store and the whole key in it. */
export interface StateKey {
  readonly store: string;
  readonly key: Uint8Array;
}

/** State of one height, every value proven under the app hash that the validators signed one height later. */
export interface ProvenState {
  readonly height: bigint;
  /** The decoded value, or undefined where its absence is proven. @throws VerifyFailure. */
  get<T>(at: StateKey, codec: Codec<T>): Promise<T | undefined>;
}

function readOps(response: Fields): ProofOp[] {
  if (!response.has("proofOps")) throw new VerifyFailure("malformed", "the node answered without a proof");
  return response
    .object("proofOps")
    .list("ops")
    .map((op) => {
      const fields = new Fields(op, "proof operation");
      return { type: fields.text("type"), key: fields.base64("key"), data: fields.base64("data") };
    });
}

/** `appHash` is that of header `height + 1`. */
export function provenState(door: VerifyDoor, height: bigint, appHash: Uint8Array): ProvenState {
  return {
    height,
    async get({ store, key }, codec) {
      const params = { path: `/store/${store}/key`, data: toHex(key), height: height.toString(), prove: true };
      const response = new Fields(await door.rpc("abci_query", params), "abci_query").object("response");
      if (response.number("code") !== 0) throw new VerifyFailure("not-found", `${store}: ${response.text("log")}`);
      const value = response.base64("value");
      const claimed = value.length === 0 ? undefined : value;
      const isRight = equalBytes(response.base64("key"), key) && verifyChained(appHash, readOps(response), { store, key, value: claimed });
      if (!isRight) throw new VerifyFailure("untrusted", `the proof for ${store}/${toHex(key)} does not lead to the app hash`);
      // Later releases may add fields: what is proven is the bytes.
      return claimed && unlessRejected(`${store} value`, () => codec.decode(claimed, { unknown: "ignore" }));
    },
  };
}
