/** What a transaction would use, by the node's own run of it. */
import { SimulateRequest, SimulateResponse } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { queryState } from "../query/query-state.js";
import type { Rpc } from "../rpc.js";
import { encodeTx } from "./tx-json.js";
import type { LooseTx } from "./tx-json.js";

/** Units of gas. Signatures may be empty: they are charged for and not checked. @throws EdgeFailure "remote" in the node's words. */
export async function simulateGas(tx: LooseTx, rpc: Rpc, signal: AbortSignal): Promise<bigint> {
  const signatures = tx.authInfo.signerInfos.map((_, i) => tx.signatures[i] ?? new Uint8Array(64));
  const request = SimulateRequest.encode(SimulateRequest.create({ txBytes: encodeTx({ ...tx, signatures }) }));
  const bytes = await queryState(rpc, { path: "/cosmos.tx.v1beta1.Service/Simulate", request, height: 0n }, signal);
  const { gasInfo } = SimulateResponse.decode(bytes, { unknown: "ignore" });
  if (gasInfo === undefined) throw new EdgeFailure("malformed", "the node's answer holds no gas");
  return gasInfo.gasUsed;
}
