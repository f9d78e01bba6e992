import type { Any } from "../../../proto/gen/google/protobuf.js";
import { Reject } from "../../primitives/index.js";
import type { TimeNs } from "../../primitives/index.js";
import type { MessageRunner } from "../../kernel/index.js";
import { createInfiniteGasMeter, createScratchStores } from "../../store/index.js";
import { formatAddress, toTimestamp } from "../../codec/index.js";
import type { TypeRegistry } from "../../codec/index.js";
import type { DeliverOptions, TestChain } from "../chain.js";
import { oneOf } from "../draw.js";
import type { Draw, Factory } from "../draw.js";
import type { Signer } from "../signer.js";

/** Factories of one module. Modules are drawn first, so that one with many messages does not crowd out the others. */
export interface Traffic {
  readonly modules: readonly (readonly Factory[])[];
  readonly signers: readonly Signer[];
  readonly runner: MessageRunner;
  /** What may stand in an Any, for those who sign amino JSON. */
  readonly types: TypeRegistry;
  /** Told of every message that is put into a transaction. */
  onMessage(typeUrl: string): void;
  /** Factory -> turns that it had; empty at first, kept between transactions. Without it chance alone decides. */
  readonly turns?: Map<Factory, number>;
}

/** Who must sign, as far as the message can be read at all; anybody otherwise. */
function signerOf({ runner, signers }: Traffic, message: Any, draw: Draw): Signer {
  try {
    const [first] = runner.parse(message).signers;
    const named = first && signers.find((s) => s.text === formatAddress(first));
    return named ?? oneOf(draw, signers);
  } catch (error) {
    if (error instanceof Reject) return oneOf(draw, signers);
    throw error;
  }
}

/** One byte of it changed, or its end cut off. */
function damaged(bytes: Uint8Array, draw: Draw): Uint8Array {
  const copy = bytes.slice(0, draw(2) === 0 ? draw(bytes.length + 1) : bytes.length);
  const at = draw(Math.max(1, copy.length));
  copy[at] = (copy[at] ?? 0) ^ (1 + draw(255));
  return copy;
}

/** Mostly a cast of three, who meet again and again, so that long stories come to their ends. */
const CAST = 3;

/** Draws of one factory until the message would pass; what the last one gives is sent all the same. */
export const TRIES = 12;

/** Whether the message alone would succeed now. */
export function wouldPass(runner: MessageRunner, chain: TestChain, message: Any): boolean {
  const state = chain.read();
  const stores = createScratchStores(state);
  const ctx = { block: state.block, gas: createInfiniteGasMeter(), store: stores.store, emit: () => undefined };
  try {
    runner.run(ctx, runner.parse(message));
    return true;
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}

/** One message of a drawn factory. */
function attempt({ modules, signers }: Traffic, draw: Draw, factory = oneOf(draw, oneOf(draw, modules))): Any {
  const accounts = signers.map((s) => s.text);
  return factory(draw, draw(6) === 0 ? accounts : accounts.slice(-CAST));
}

/** Whether the message alone would succeed now, signed by one of those who sign here. */
function isReady(traffic: Traffic, chain: TestChain, message: Any): boolean {
  if (!wouldPass(traffic.runner, chain, message)) return false;
  const { signers } = traffic.runner.parse(message);
  return signers.every((address) => traffic.signers.some((s) => s.text === formatAddress(address)));
}

/** A message of the factory whose turn it is, if one of its draws would pass: so no type has to wait for luck. */
function due(traffic: Traffic, chain: TestChain, draw: Draw): Any | undefined {
  const { turns: had } = traffic;
  if (had === undefined || draw(2) === 0) return undefined;
  const all = [...new Set(traffic.modules.flat())].map((factory) => [had.get(factory) ?? 0, factory] as const);
  const least = Math.min(...all.map(([w]) => w));
  const [, factory] = oneOf(draw, all.filter(([turns]) => turns === least));
  had.set(factory, least + 1);
  for (let tries = 0; tries < 2 * TRIES; tries++) {
    const message = attempt(traffic, draw, factory);
    if (isReady(traffic, chain, message)) return message;
  }
  return undefined;
}

function draft(traffic: Traffic, chain: TestChain, draw: Draw): Any {
  const rare = due(traffic, chain, draw);
  const factory = oneOf(draw, oneOf(draw, traffic.modules));
  let message = rare ?? attempt(traffic, draw, factory);
  for (let tries = draw(4) === 0 ? TRIES : 1; tries < TRIES && !wouldPass(traffic.runner, chain, message); tries++) message = attempt(traffic, draw, factory);
  const { typeUrl, value } = message;
  return { typeUrl, value: draw(25) === 0 ? damaged(value, draw) : value };
}

/** Ten minutes ahead at most; now and then too late or too far. */
function unordered(chain: TestChain, draw: Draw): DeliverOptions {
  const timeoutTimestamp = toTimestamp((chain.time() + BigInt(draw(650)) * 1_000_000_000n) as TimeNs);
  return { sequence: draw(20) === 0 ? 1n : 0n, body: { unordered: true, timeoutTimestamp } };
}

/** One in eight without an order, one in six paid for by another, one in four signed in amino JSON. */
function style(traffic: Traffic, chain: TestChain, draw: Draw): DeliverOptions {
  const granter = draw(6) === 0 ? { granter: oneOf(draw, traffic.signers.slice(-CAST)).text } : {};
  const amino = draw(4) === 0 ? { amino: traffic.types } : {};
  return { ...granter, ...amino, ...(draw(8) === 0 ? unordered(chain, draw) : {}) };
}

/** What has no amino JSON, damaged messages among it, is signed DIRECT. */
function signed(chain: TestChain, signer: Signer, messages: readonly Any[], options: DeliverOptions): Uint8Array {
  try {
    return chain.sign(signer, messages, options);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    const { sequence = 0n, gas = 0n, fee = 0n, body = {}, granter = "" } = options;
    return chain.sign(signer, messages, { sequence, gas, fee, body, granter });
  }
}

/**
 * A transaction with one to three messages of one signer; about one in eight is spoiled: damaged, out of gas, with a sequence that is not due, or a fee that
 * nobody has.
 */
export function drawTransaction(traffic: Traffic, chain: TestChain, next: (signer: Signer) => bigint, draw: Draw): Uint8Array {
  const first = draft(traffic, chain, draw);
  const signer = signerOf(traffic, first, draw);
  const more = draw(5) === 0 ? [draft(traffic, chain, draw), draft(traffic, chain, draw)].filter((m) => signerOf(traffic, m, draw) === signer) : [];
  for (const { typeUrl } of [first, ...more]) traffic.onMessage(typeUrl);
  const gas = draw(20) === 0 ? BigInt(draw(100_000)) : 20_000_000n;
  const fee = draw(40) === 0 ? 10n ** 15n : BigInt(draw(20_000));
  const drawn = style(traffic, chain, draw);
  const sequence = drawn.sequence ?? next(signer) + (draw(40) === 0 ? 1n : 0n);
  const bytes = signed(chain, signer, [first, ...more], { ...drawn, sequence, gas, fee });
  return draw(50) === 0 ? damaged(bytes, draw) : bytes;
}
