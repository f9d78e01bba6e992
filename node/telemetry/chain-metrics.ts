/** Metrics of consensus and blocks, under CometBFT's names (consensus/metrics.go, state/metrics.go of v0.38). */
import type { Block } from "../../chain/block/index.js";
import { toHeight, toUpperHex } from "../../chain/primitives/index.js";
import type { Engine, EngineEvent, RoundEvent } from "../engine/types.js";
import { DEFAULT_BUCKETS, exponentialBuckets } from "./metrics.js";
import type { Registry } from "./metrics.js";

export interface ChainMetricsDeps {
  readonly registry: Registry;
  /** "cometbft" unless the operator says otherwise. */
  readonly namespace: string;
  readonly engine: Pick<Engine, "validators" | "status" | "subscribe">;
  /** Seconds; only differences matter. */
  readonly now: () => number;
}

const ROUND_BUCKETS = exponentialBuckets(0.1, 100, 8);

/** Declared at once, so that a scrape before the first block shows them all. */
function declare(registry: Registry, namespace: string) {
  const name = (text: string): string => `${namespace}_consensus_${text}`;
  const gauge = (text: string, help: string) => registry.gauge({ name: name(text), help });
  return {
    height: gauge("height", "Height of the chain."),
    latest: gauge("latest_block_height", "The latest block height."),
    rounds: gauge("rounds", "Number of rounds."),
    validators: gauge("validators", "Number of validators."),
    validatorsPower: gauge("validators_power", "Total power of all validators."),
    missing: gauge("missing_validators", "Number of validators who did not sign."),
    missingPower: gauge("missing_validators_power", "Total power of the missing validators."),
    byzantine: gauge("byzantine_validators", "Number of validators who tried to double sign."),
    byzantinePower: gauge("byzantine_validators_power", "Total power of the byzantine validators."),
    txs: gauge("num_txs", "Number of transactions."),
    totalTxs: gauge("total_txs", "Total number of transactions."),
    bytes: gauge("block_size_bytes", "Size of the block."),
    chainBytes: registry.counter({ name: name("chain_size_bytes"), help: "Size of the chain in bytes, since this node started." }),
    interval: registry.histogram({
      name: name("block_interval_seconds"),
      help: "Time between this and the last block.",
      buckets: DEFAULT_BUCKETS,
    }),
    step: registry.histogram({
      name: name("step_duration_seconds"),
      help: "Histogram of durations for each step in the consensus protocol.",
      labels: ["step"],
      buckets: ROUND_BUCKETS,
    }),
    round: registry.histogram({ name: name("round_duration_seconds"), help: "Histogram of round duration.", buckets: ROUND_BUCKETS }),
    ownPower: registry.gauge({ name: name("validator_power"), help: "Power of this validator.", labels: ["validator_address"] }),
    ownSigned: registry.gauge({
      name: name("validator_last_signed_height"),
      help: "Last height signed by this validator.",
      labels: ["validator_address"],
    }),
    ownMissed: registry.counter({
      name: name("validator_missed_blocks"),
      help: "Amount of blocks missed by this validator.",
      labels: ["validator_address"],
    }),
    paramUpdates: registry.counter({
      name: `${namespace}_state_consensus_param_updates`,
      help: "Number of consensus parameter updates returned by the application since process start.",
    }),
    setUpdates: registry.counter({
      name: `${namespace}_state_validator_set_updates`,
      help: "Number of validator set updates returned by the application since process start.",
    }),
  };
}

class ChainMetrics {
  readonly #deps: ChainMetricsDeps;
  readonly #metrics: ReturnType<typeof declare>;
  #lastTimeNs: bigint | undefined;
  #totalTxs = 0;
  #step: { readonly name: string; readonly at: number } | undefined;
  #round: { readonly id: string; readonly at: number } | undefined;

  constructor(deps: ChainMetricsDeps) {
    this.#deps = deps;
    this.#metrics = declare(deps.registry, deps.namespace);
  }

  receive(event: EngineEvent): void {
    if (event.kind === "round") this.#roundEvent(event);
    if (event.kind !== "block") return;
    const { block, size } = event.stored;
    const { results } = event;
    this.#block(block, size);
    if (results.consensusParamUpdates !== null) this.#metrics.paramUpdates.add(1);
    if (results.validatorUpdates.length > 0) this.#metrics.setUpdates.add(1);
  }

  #block({ header, txs, lastCommit, evidence }: Block, size: number): void {
    const m = this.#metrics;
    m.latest.set(Number(header.height));
    m.height.set(Number(header.height) + 1);
    m.txs.set(txs.length);
    m.totalTxs.set((this.#totalTxs += txs.length));
    m.bytes.set(size);
    m.chainBytes.add(size);
    m.byzantine.set(evidence.length);
    m.byzantinePower.set(evidence.reduce((sum, e) => sum + Number(e.validatorPower), 0));
    if (this.#lastTimeNs !== undefined) m.interval.observe(Number(header.time - this.#lastTimeNs) / 1e9);
    this.#lastTimeNs = header.time;
    this.#signers(header.height, lastCommit);
  }

  /** Who signed the block before, and who will sign this one. */
  #signers(height: bigint, commit: Block["lastCommit"]): void {
    const m = this.#metrics;
    const { engine } = this.#deps;
    const set = engine.validators(toHeight(height + 1n)) ?? engine.validators(toHeight(height));
    m.validators.set(set?.validators.length ?? 0);
    m.validatorsPower.set(Number(set?.totalPower ?? 0n));
    const signed = height > 1n ? engine.validators(toHeight(height - 1n))?.validators : undefined;
    const missing = (signed ?? []).filter((_, i) => commit.signatures[i]?.flag === "absent");
    m.missing.set(missing.length);
    m.missingPower.set(missing.reduce((sum, v) => sum + Number(v.power), 0));
    const own = engine.status().validator;
    if (own === null) return;
    const address = toUpperHex(own.address);
    const isOwn = (v: { readonly address: Uint8Array }): boolean => toUpperHex(v.address) === address;
    m.ownPower.set(Number(own.power), address);
    const place = (signed ?? []).findIndex(isOwn);
    if (place < 0) return;
    if (commit.signatures[place]?.flag === "absent") m.ownMissed.add(1, address);
    else m.ownSigned.set(Number(height) - 1, address);
  }

  #roundEvent({ name, height, round, step }: RoundEvent): void {
    if (name !== "NewRoundStep") return;
    const at = this.#deps.now();
    this.#metrics.rounds.set(round);
    if (this.#step !== undefined) this.#metrics.step.observe(at - this.#step.at, this.#step.name);
    this.#step = { name: step.replace("RoundStep", ""), at };
    const id = `${height}/${round}`;
    if (this.#round !== undefined && this.#round.id !== id) this.#metrics.round.observe(at - this.#round.at);
    if (this.#round?.id !== id) this.#round = { id, at };
  }
}

/** Counts until the function that it returns is called. */
export function watchChain(deps: ChainMetricsDeps): () => void {
  const metrics = new ChainMetrics(deps);
  return deps.engine.subscribe((event) => metrics.receive(event));
}
