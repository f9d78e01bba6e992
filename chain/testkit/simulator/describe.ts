import { toHex } from "../../primitives/index.js";
import type { SimEvent } from "./types.js";

/** One text per value, also for Maps, bigints and bytes: equal texts are equal states. */
export function canonicalText(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Map)
    return `{${[...value].map(([k, v]) => `${String(k)}=>${canonicalText(v)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}:${canonicalText(v)}`)
      .join(",")}}`;
  }
  return String(value);
}

/** A line of the printed run, or null for what says nothing. */
export function describeEvent(event: SimEvent): string | null {
  switch (event.kind) {
    case "input":
      if (event.effects.length === 0 && event.clauses.length === 0) return null;
      return `${describeInput(event.input)} [${event.clauses.join(" ")}] -> ${event.effects.map((e) => e.kind).join(", ")}`;
    case "signed":
      return `published ${event.slot} ${event.key.slice(0, 8)}`;
    case "committed":
      return `COMMIT ${event.decided.block.height} ${toHex(event.decided.block.blockId.hash).slice(0, 8)}`;
    case "executed":
      return `executed ${event.height} ${event.hash.slice(0, 8)}`;
    case "evidence":
      return `evidence against ${event.against}`;
    case "crash":
    case "restart":
      return event.kind;
    case "violation":
      return `VIOLATION ${event.what}`;
    default:
      return event satisfies never;
  }
}

function describeInput(input: Extract<SimEvent, { kind: "input" }>["input"]): string {
  switch (input.kind) {
    case "start-height":
      return `start ${input.height}`;
    case "proposal":
    case "signed-proposal":
      return `${input.kind} ${input.proposal.height}/${input.proposal.round} pol ${input.proposal.polRound}`;
    case "vote":
    case "signed-vote": {
      const { vote } = input;
      const value = vote.blockId === null ? "nil" : toHex(vote.blockId.hash).slice(0, 8);
      return `${input.kind} ${vote.type} ${vote.height}/${vote.round} by ${vote.index} for ${value}`;
    }
    case "timeout-elapsed":
      return `timeout ${input.timeout.kind} ${input.timeout.height}/${input.timeout.round}`;
    case "certificate":
      return `certificate ${input.certificate.type} ${input.certificate.height}/${input.certificate.round}`;
    case "value-built":
    case "value-judged":
    case "decided-by-sync":
      return input.kind;
    default:
      return input satisfies never;
  }
}
