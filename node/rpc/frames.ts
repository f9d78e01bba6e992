/** The events that subscribers see, from one chain event (cosmos-formats.md §1.4). */
import { sha256 } from "../../chain/crypto/index.js";
import type { Event } from "../../chain/abci/index.js";
import type { JsonObject } from "../../chain/codec/index.js";
import { toBase64, toUpperHex } from "../../chain/primitives/index.js";
import { eventMap, withTypes } from "../indexer/index.js";
import type { EventMap } from "../indexer/index.js";
import { eventJson, finalizeBlockJson, listOrNull, txResultJson, validatorUpdateJson } from "./json-abci.js";
import { blockIdJson, blockJson, evidenceJson, headerJson, voteJson } from "./json-chain.js";
import type { BlockEvent, ChainEvent } from "./types.js";

/** One event to match and to send. The JSON is written once, however many subscribers get it. */
export interface Frame {
  readonly matchable: EventMap;
  /** `"data":{...},"events":{...}`: what follows the query in the result. */
  readonly json: () => string;
}

interface FrameContent {
  readonly name: string;
  readonly type: string;
  readonly value: () => JsonObject;
  readonly events?: readonly Event[];
  readonly reserved?: Readonly<Record<string, string>>;
}

function frame({ name, type, value, events = [], reserved = {} }: FrameContent): Frame {
  const map = eventMap(events, { ...reserved, "tm.event": name });
  let text: string | undefined;
  const json = (): string => {
    if (text !== undefined) return text;
    const data = JSON.stringify({ type: `tendermint/event/${type}`, value: value() });
    text = `"data":${data},"events":${JSON.stringify(Object.fromEntries(map))}`;
    return text;
  };
  return { matchable: withTypes(map, events), json };
}

function txFrames({ stored, results }: BlockEvent): Frame[] {
  const height = stored.block.header.height.toString();
  return stored.block.txs.flatMap((tx, index) => {
    const result = results.txResults[index];
    if (result === undefined) return [];
    const place = index === 0 ? { height } : { height, index };
    const value = (): JsonObject => ({ TxResult: { ...place, tx: toBase64(tx), result: txResultJson(result) } });
    const reserved = { "tx.hash": toUpperHex(sha256(tx)), "tx.height": height };
    return [frame({ name: "Tx", type: "Tx", value, events: result.events, reserved })];
  });
}

/** In CometBFT's order: NewBlock, NewBlockHeader, NewBlockEvents, NewEvidence, Tx, ValidatorSetUpdates. */
function blockFrames(event: BlockEvent): Frame[] {
  const { stored, results } = event;
  const { block, id } = stored;
  const height = block.header.height.toString();
  const { events } = results;
  const value = (): JsonObject => ({
    block: blockJson(block),
    block_id: blockIdJson(id),
    result_finalize_block: finalizeBlockJson(results),
  });
  const header = (): JsonObject => ({ header: headerJson(block.header) });
  const summary = (): JsonObject => ({ height, events: listOrNull(events, eventJson), num_txs: block.txs.length.toString() });
  const frames = [
    frame({ name: "NewBlock", type: "NewBlock", value, events }),
    frame({ name: "NewBlockHeader", type: "NewBlockHeader", value: header }),
    frame({
      name: "NewBlockEvents",
      type: "NewBlockEvents",
      value: summary,
      events,
      reserved: { "block.height": height },
    }),
    ...block.evidence.map((evidence) =>
      frame({ name: "NewEvidence", type: "NewEvidence", value: () => ({ height, evidence: evidenceJson(evidence) }) }),
    ),
    ...txFrames(event),
  ];
  if (results.validatorUpdates.length === 0) return frames;
  const updates = (): JsonObject => ({ validator_updates: results.validatorUpdates.map(validatorUpdateJson) });
  return [...frames, frame({ name: "ValidatorSetUpdates", type: "ValidatorSetUpdates", value: updates })];
}

/** Frames in the order in which they are published. */
export function framesOf(event: ChainEvent): Frame[] {
  switch (event.kind) {
    case "block":
      return blockFrames(event);
    case "vote":
      return [frame({ name: "Vote", type: "Vote", value: () => ({ Vote: voteJson(event.vote) }) })];
    case "round": {
      const { name, height, round, step } = event;
      return [frame({ name, type: "RoundState", value: () => ({ height: height.toString(), round, step }) })];
    }
  }
}
