/** The node's own services ask its application as any client would, without a network between. */
import { toHeight } from "../../chain/primitives/index.js";
import type { ChainReader } from "../engine/types.js";
import { EdgeFailure } from "../errors.js";
import type { StateReader } from "../tasks/types.js";

/** The SDK's code for what a query does not find (cosmos-formats.md §2.1). */
const KEY_NOT_FOUND = 22;

export function createStateReader(chain: Pick<ChainReader, "query">): StateReader {
  return {
    async query(path, { request, response }, message) {
      const answer = await chain.query({ path, data: request.encode(message), height: toHeight(0n), prove: false });
      if (answer.code === 0) return response.decode(answer.value, { unknown: "ignore" });
      const { code, codespace, log } = answer;
      const kind = code === KEY_NOT_FOUND ? "not-found" : "remote";
      throw new EdgeFailure(kind, log, { path, code, codespace });
    },
  };
}
