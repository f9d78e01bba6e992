/**
 * A FinalizeBlock response between threads. It crosses as the bytes that the engine stores, beside the few fields of each result
 * that the engine itself reads: objects of events would cost both threads more than running the transactions. Whoever asks for
 * events has them decoded then.
 */
import type { ExecTxResult, FinalizeBlockResponse } from "../../chain/abci/index.js";
import { toGas } from "../../chain/primitives/index.js";
import { decodeFinalizeResponse, encodeFinalizeResponse, keepEncoded } from "./abci-codec.js";
import { buffersOf, pack, unpack } from "./packed.js";
import type { PackedBytes } from "./packed.js";

type Texts = Pick<ExecTxResult, "log" | "info" | "codespace">;

export interface PackedResults extends Pick<FinalizeBlockResponse, "validatorUpdates" | "consensusParamUpdates" | "appHash"> {
  /** tendermint.abci.ResponseFinalizeBlock. */
  readonly encoded: Uint8Array<ArrayBuffer>;
  readonly codes: Uint32Array<ArrayBuffer>;
  /** Wanted, then used, of each transaction. */
  readonly gas: BigUint64Array<ArrayBuffer>;
  readonly data: PackedBytes;
  /** Of those transactions that have any. */
  readonly texts: ReadonlyMap<number, Texts>;
  /** JSON of the block's own events, which are read after every block; those of transactions seldom are. */
  readonly eventsText: string;
  /** Types of the events of transactions. */
  readonly txEventTypes: ReadonlySet<string>;
}

export function packResults(response: FinalizeBlockResponse): PackedResults {
  const { txResults, validatorUpdates, consensusParamUpdates, appHash } = response;
  const gas = new BigUint64Array(2 * txResults.length);
  const texts = new Map<number, Texts>();
  const txEventTypes = new Set<string>();
  for (const [i, { gasWanted, gasUsed, log, info, codespace, events }] of txResults.entries()) {
    for (const { type } of events) txEventTypes.add(type);
    gas[2 * i] = gasWanted;
    gas[2 * i + 1] = gasUsed;
    if (log !== "" || info !== "" || codespace !== "") texts.set(i, { log, info, codespace });
  }
  return {
    encoded: Uint8Array.from(encodeFinalizeResponse(response)),
    codes: Uint32Array.from(txResults, ({ code }) => code),
    gas,
    data: pack(txResults.map(({ data }) => data)),
    texts,
    eventsText: JSON.stringify(response.events),
    txEventTypes,
    ...{ validatorUpdates, consensusParamUpdates, appHash },
  };
}

export function resultBuffers({ encoded, codes, gas, data }: PackedResults): ArrayBuffer[] {
  return [encoded.buffer, codes.buffer, gas.buffer, ...buffersOf(data)];
}

const NO_TEXTS: Texts = { log: "", info: "", codespace: "" };

export function unpackResults(packed: PackedResults): FinalizeBlockResponse {
  const { encoded, codes, gas, data, texts, eventsText, validatorUpdates, consensusParamUpdates, appHash } = packed;
  let decoded: FinalizeBlockResponse | undefined;
  const whole = (): FinalizeBlockResponse => (decoded ??= decodeFinalizeResponse(encoded));
  const txResults = unpack(data).map((bytes, i): ExecTxResult => {
    const { log, info, codespace } = texts.get(i) ?? NO_TEXTS;
    // No spread here: with one, an object that has a getter takes six times as long to make.
    return {
      code: codes[i] ?? 0,
      data: bytes,
      log,
      info,
      gasWanted: toGas(gas[2 * i] ?? 0n),
      gasUsed: toGas(gas[2 * i + 1] ?? 0n),
      get events() {
        return whole().txResults[i]?.events ?? [];
      },
      codespace,
    };
  });
  const response: FinalizeBlockResponse = {
    ...{ txResults, validatorUpdates, consensusParamUpdates, appHash },
    events: JSON.parse(eventsText) as FinalizeBlockResponse["events"],
  };
  keepEncoded(response, encoded);
  typesReceived.set(response, packed.txEventTypes);
  return response;
}

/** Of responses that came from another thread. */
const typesReceived = new WeakMap<FinalizeBlockResponse, ReadonlySet<string>>();

/** False when no transaction has an event of these types: whoever wants only those need not have them all decoded. */
export function mayHoldEvents(response: FinalizeBlockResponse, types: ReadonlySet<string>): boolean {
  const known = typesReceived.get(response);
  return known === undefined || [...types].some((type) => known.has(type));
}
