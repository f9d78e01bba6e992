import { SimulateRequest, SimulateResponse } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { TxMsgData } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import { Tx, TxRaw, AuthInfo, TxBody } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { Reject } from "../primitives/index.js";
import { createScratchStores } from "../store/index.js";
import { SdkError } from "./errors.js";
import { executeTransaction } from "./execute.js";
import type { BlockOptions } from "./finalize.js";
import type { QueryRoute } from "./module.js";
import { queryRoute } from "./module.js";
import { parseTransaction } from "./transaction.js";

/** The bytes of a request: as given, or those of the deprecated `tx`. */
function txBytes(request: SimulateRequest): Uint8Array {
  if (request.txBytes.length > 0) return request.txBytes;
  if (request.tx === undefined) throw SdkError.InvalidRequest("empty txBytes is not allowed");
  const { body, authInfo, signatures } = Tx.create(request.tx);
  return TxRaw.encode({
    bodyBytes: TxBody.encode(TxBody.create(body)),
    authInfoBytes: AuthInfo.encode(AuthInfo.create(authInfo)),
    signatures,
  });
}

/**
 * cosmos.tx.v1beta1.Service/Simulate (cosmos-formats.md §7.4): fee minimum and signatures are not checked, keys may be
 * missing, the sequence must be right.
 */
export function simulateRoute(options: BlockOptions): QueryRoute {
  const codecs = { request: SimulateRequest, response: SimulateResponse };
  return queryRoute("/cosmos.tx.v1beta1.Service/Simulate", codecs, (ctx, request) => {
    const tx = parseTransaction(txBytes(request), options.router);
    const stores = createScratchStores(ctx);
    const run = executeTransaction(tx, { ante: options.ante, block: ctx.block, stores, mode: "simulate" });
    if (run.failure !== undefined) {
      const { codespace, code, log } = run.failure;
      throw new Reject(codespace, code, `${log} with gas used: '${run.gasUsed}'`, { simulated: true });
    }
    const { msgResponses } = TxMsgData.decode(run.data);
    const events = run.events.map((e) => ({
      type: e.type,
      attributes: e.attributes.map(({ key, value, index }) => ({ key, value, index })),
    }));
    return {
      gasInfo: { gasWanted: run.gasWanted, gasUsed: run.gasUsed },
      result: { data: run.data, log: "", events, msgResponses },
    };
  });
}

/** Marks rejections that gRPC reports as Unknown whatever their code. */
export function isSimulated(reject: Reject): boolean {
  return reject.facts["simulated"] === true;
}

/** "/app/simulate" carries the bytes of a transaction instead of a request. */
export function appSimulateData(data: Uint8Array): Uint8Array {
  return SimulateRequest.encode({ tx: undefined, txBytes: data });
}
