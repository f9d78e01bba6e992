import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes, u64be, utf8 } from "../../../chain/primitives/index.js";
import type { Hash32 } from "../../../chain/primitives/index.js";

/** SHA-256 over inference id (u64 big-endian), the user's 20 address bytes and the prompt. Names a prompt without showing it. */
export function promptHash(inferenceId: bigint, user: Uint8Array, prompt: string): Hash32 {
  return sha256(concatBytes(u64be(inferenceId), user, utf8(prompt)));
}
