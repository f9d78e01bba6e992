/** What the mirror asks of CometBFT, as questions about heights. */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import type { Block, BlockId, Commit, ConsensusParams, Validator, ValidatorSet } from "../../chain/block/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { readBlock, readConsensusParams, readResults, readSignedHeader, readStatus, readValidatorPage, validatorSetOf } from "./read-json.js";
import type { CometStatus } from "./read-json.js";
import type { CometRpc } from "./rpc-client.js";

export interface CometReader {
  status(): Promise<CometStatus>;
  /** With the commit: CometBFT's own of the latest height, the canonical one of the others. */
  block(height: Height): Promise<{ readonly id: BlockId; readonly block: Block; readonly commit: Commit }>;
  results(height: Height): Promise<FinalizeBlockResponse>;
  /** @param proposer picks the proposer, whom CometBFT does not name. */
  validators(height: Height, proposer?: Uint8Array): Promise<ValidatorSet>;
  consensusParams(height: Height): Promise<ConsensusParams>;
}

const PER_PAGE = 100;
/** chain/block takes no larger set; a node that counts further is not believed. */
const MAX_PAGES = 100;

export function createCometReader(rpc: CometRpc): CometReader {
  const at = (height: Height): { readonly height: string } => ({ height: height.toString() });
  return {
    status: async () => readStatus(await rpc.call("status")),
    async block(height) {
      const [block, commit] = await rpc.batch([
        { method: "block", params: at(height) },
        { method: "commit", params: at(height) },
      ]);
      return { ...readBlock(block), commit: readSignedHeader(commit).commit };
    },
    results: async (height) => readResults(await rpc.call("block_results", at(height))),
    async validators(height, proposer) {
      const all: Validator[] = [];
      for (let page = 1; page <= MAX_PAGES; page++) {
        const answer = await rpc.call("validators", { ...at(height), page: page.toString(), per_page: PER_PAGE.toString() });
        const { validators, total } = readValidatorPage(answer);
        all.push(...validators);
        if (BigInt(all.length) >= total || validators.length === 0) return validatorSetOf(all, proposer);
      }
      throw new EdgeFailure("too-large", "CometBFT names more validators than there can be", { height });
    },
    consensusParams: async (height) => readConsensusParams(await rpc.call("consensus_params", at(height))),
  };
}
