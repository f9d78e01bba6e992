import { createAttestation, attestModule } from "../attest/index.js";
import { attestState } from "../attest/state.js";
import type { ExtensionSource } from "../attest/index.js";
import { formatAddress } from "../codec/index.js";
import { sha256 } from "../crypto/index.js";
import type { Module, ReadContext } from "../kernel/index.js";
import { concatBytes, toHex, toUopen, u64be, utf8 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { TEST_GENESIS_TIME, checkInvariants, createTestChain } from "./chain.js";
import { createSigner } from "./signer.js";
import { testKey } from "./validators.js";
import { VOTING_PARAMS, createVotingChain } from "./voting-chain.js";
import type { VotingChain } from "./voting-chain.js";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";
import { AttributionOutcome, AttributionTask, WorkAudit } from "../../proto/gen/openledger/attribution/v1.js";
import type { Params } from "../../proto/gen/openledger/attribution/v1.js";
import { createCoreModules } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { createCommunityPool } from "../../modules/token/index.js";
import { createAttributionModule } from "../../modules/attribution/index.js";
import { attributionState } from "../../modules/attribution/state.js";
import { encodeFinding, parseFinding } from "../../modules/attribution/rules/finding.js";
import { encodeAudit, sealWork, workSeed } from "../../modules/attribution/rules/work.js";

/**
 * Attribution, attestation, staking and slashing on a chain with real vote extensions, under a stream of paid answers. How
 * each validator behaves is up to the test; what a task's truth is follows from its question alone.
 */

export const user = createSigner("user");
export const challenger = createSigner("challenger");
export const contributors = [createSigner("alice"), createSigner("bob"), createSigner("carol")];
const owner = createSigner("owner");
const HASH = new Uint8Array(32).fill(7);

export interface Question {
  readonly task: Task;
  readonly payload: AttributionTask;
}

/** A number from 0 to below - 1 that follows from the seed. */
export function lot(seed: string, below: number): number {
  const [a = 0, b = 0, c = 0] = sha256(utf8(seed));
  return (a * 65_536 + b * 256 + c) % below;
}

/** What whoever computes finds: the same question always has the same answer, and different ones differ. */
export function truth({ promptTokens, contributors: names }: AttributionTask): AttributionOutcome {
  const influence = names.map((contributor, i) => ({ contributor, score: BigInt(lot(`${promptTokens.join()}/${i}`, 1_000)) - 200n }));
  return AttributionOutcome.create({ influence, scoreExponent: -20, queryGradientHash: HASH, runtimeId: HASH });
}

/** The digest of bound work: nobody has it without the row's gradient, which "gradient of" stands for. */
export const digestOf = (seed: Uint8Array): Uint8Array => sha256(concatBytes(utf8("gradient of the row that it picks"), seed));

export interface Sight {
  /** This validator's consensus address. */
  readonly self: Address;
  /** The last committed state, which is public. */
  readonly state: ReadContext;
  /** Every finding that was ever revealed, by question; public as well, since blocks are. */
  readonly published: ReadonlyMap<string, AttributionOutcome>;
}

/** How a validator answers tasks; undefined says nothing. It must give the same answer to the same task and attempt. */
export interface Behaviour {
  attribution(question: Question, sight: Sight): Uint8Array | undefined;
  audit(audit: WorkAudit, task: Task): Uint8Array | undefined;
  /** Whether it shows what it committed to; by default always. */
  reveals?(task: Task): boolean;
}

export const questionOf = ({ promptTokens, datasets }: AttributionTask): string => `${promptTokens.join()}/${datasets.length}`;

/** Computes everything. */
export const honest: Behaviour = {
  attribution({ task, payload }, { self }) {
    const seed = workSeed({ taskId: task.id, attempt: task.attempt, beacon: payload.beacon, validator: self });
    return encodeFinding({ outcome: truth(payload), work: sealWork(digestOf(seed)) }, payload);
  },
  audit: (audit) => digestOf(audit.seed),
};

export interface LabOptions {
  readonly behaviours: readonly Behaviour[];
  readonly params?: Partial<Params>;
  /** Blocks between two questions. */
  readonly pause?: bigint;
  /** Questions that take turns. */
  readonly questions?: number;
  /** How many are asked in all; default without end. */
  readonly limit?: number;
}

export interface Lab {
  readonly voting: VotingChain;
  readonly core: ReturnType<typeof createCoreModules>;
  readonly attribution: Module;
  readonly operators: readonly ReturnType<typeof createSigner>[];
  readonly keys: readonly ReturnType<typeof testKey>[];
  /** Bech32 of the community pool. */
  readonly pool: string;
  asked(): number;
  /** No further questions. */
  stop(): void;
  /** Runs blocks until it holds, at most `blocks`; false if it never did. */
  until(holds: () => boolean, blocks: number): boolean;
}

const FEE = toUopen(25_300n);

/** Invariants walk the whole state: a look every so many blocks, and at each end, is what a test can afford. */
const INSPECT_EVERY = 16;

/** A user that pays for an answer every few blocks, and the models behind it. */
function createAsker(options: LabOptions, open: { answer(ctx: Parameters<NonNullable<Module["beginBlock"]>>[0], id: bigint): void }) {
  const { pause = 3n, limit = Infinity } = options;
  let asked = 0;
  let isOver = false;
  const module: Module = {
    name: "asker",
    messages: [],
    queries: [],
    genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
    beginBlock(ctx) {
      if (ctx.block.height % pause !== 0n || asked >= limit || isOver) return;
      asked++;
      open.answer(ctx, BigInt(asked));
    },
    invariants: [],
    tasks: [],
  };
  return { module, asked: () => asked, stop: () => void (isOver = true) };
}

export function createLab(options: LabOptions): Lab {
  const keys = options.behaviours.map((_, i) => testKey(i));
  const operators = keys.map((_, i) => createSigner(`operator ${i}`));
  const core = createCoreModules(["attribution", "asker"]);
  const { token, staking, slashing } = core;
  const communityPool = createCommunityPool(token);
  const attestation = createAttestation({
    validators: staking,
    kinds: () => attribution.tasks,
    source: { validator: undefined, value: () => undefined, salt: () => HASH },
  });
  const adapter = {
    owner: owner.text, baseModelId: 1n, datasets: [{ datanetId: 1n, version: 1n }], adapterHash: HASH,
    tangentsCid: "tangents", tangentRoot: HASH, method: "tangent-v1", fallbackCid: "", fallbackRoot: new Uint8Array(0),
  };
  const attribution = createAttributionModule({
    token,
    communityPool,
    adapters: {
      adapter: () => ({ adapter, base: { owner: owner.text, royaltyPpm: 100_000 } }),
      contributors: () => contributors.map((c) => c.address),
    },
    validators: staking,
    punishment: slashing,
    // Earnings stay with the operator, where tests look for them.
    rewards: { rewardValidator: () => false },
    inferences: {
      settle: (ctx, _, toModule) => token.toModule(ctx, user.address, toModule, FEE),
      refund: () => undefined,
    },
    tasks: attestation.opener,
  });
  const prices = { rateIn: toUopen(100_000n), rateOut: toUopen(3_000_000n), platformFee: toUopen(10_000n) };
  const asker = createAsker(options, {
    answer(ctx, inferenceId) {
      const question = Number(inferenceId) % (options.questions ?? 2);
      const tokens = { promptTokens: [question, 2, 3], answerTokens: [5, 6, 7, 8, 9] };
      const about = { inferenceId, user: user.address, adapterId: 1n, prompt: "why?", outputHash: HASH };
      attribution.service.open(ctx, { ...about, ...tokens, prices, attesters: [] });
    },
  });
  const modules = [...core.modules, asker.module, attribution, attestModule];
  const accounts = [user, challenger, owner, ...operators].map(({ address }) => ({
    address, amount: toUopen(1_000_000_000n), from: "community" as const,
  }));
  const validators = keys.map(({ publicKey }, i) => ({ operator: operators[i]!.address, publicKey, power: 100n, moniker: `v${i}` }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts, attribution: options.params ?? {} });
  const chain = createTestChain({ modules, accounts: core.auth, fees: token, appState, attest: attestation.hooks, params: VOTING_PARAMS, checkInvariants: false });
  const published = new Map<string, AttributionOutcome>();
  const voters = keys.map((key, i) => ({ key, source: sourceOf(options.behaviours[i]!, { self: key.address, published, read: () => chain.read() }) }));
  const voting = createVotingChain(chain, voters, keys.map(({ publicKey }) => ({ publicKey, power: 100n as never })));
  const step = (): void => {
    voting.nextBlock();
    publish(chain.read(), published);
  };
  return {
    voting, core, attribution, operators, keys,
    pool: formatAddress(communityPool.account),
    asked: asker.asked,
    stop: asker.stop,
    until(holds, blocks) {
      for (let i = 0; i < blocks && !holds(); i++) {
        step();
        if (i % INSPECT_EVERY === 0) checkInvariants(chain.read(), modules);
      }
      checkInvariants(chain.read(), modules);
      return holds();
    },
  };
}

/** Notes what the last block made public: reveals of open tasks, and the outcome of one that has just been settled. */
function publish(state: ReadContext, published: Map<string, AttributionOutcome>): void {
  const { tasks, submissions } = attestState.read(state.store("attest"));
  const { works, records } = attributionState.read(state.store("attribution"));
  for (const { taskId, value } of submissions.values()) {
    const task = tasks.getOrFail(taskId);
    if (task.kind !== "attribution") continue;
    const payload = AttributionTask.decode(task.payload);
    const finding = parseFinding(value, payload);
    if (finding !== undefined) published.set(questionOf(payload), finding.outcome);
  }
  for (const { inferenceId, taskId, settledHeight } of works.values()) {
    if (settledHeight !== state.block.height) continue;
    const payload = AttributionTask.decode(tasks.getOrFail(taskId).payload);
    published.set(questionOf(payload), records.getOrFail(inferenceId).outcome);
  }
}

/** All of them run one program. */
const foundBy = (digest: Uint8Array | undefined): Uint8Array | undefined => digest && encodeAudit({ digest, runtimeId: HASH });

/** A node's memory of what it computed: one value a task and attempt, as the node's own has it. */
function sourceOf(behaviour: Behaviour, seen: { self: Address; published: Sight["published"]; read: () => ReadContext }): ExtensionSource {
  const { self, published } = seen;
  const memory = new Map<string, Uint8Array>();
  const compute = (taskId: bigint): Uint8Array | undefined => {
    const state = seen.read();
    const task = attestState.read(state.store("attest")).tasks.getOrFail(taskId);
    if (task.kind === "work-audit") return foundBy(behaviour.audit(WorkAudit.decode(task.payload), task));
    return behaviour.attribution({ task, payload: AttributionTask.decode(task.payload) }, { self, state, published });
  };
  return {
    validator: self,
    value(taskId, attempt) {
      const task = attestState.read(seen.read().store("attest")).tasks.getOrFail(taskId);
      if (task.phase === Phase.PHASE_REVEAL && behaviour.reveals?.(task) === false) return undefined;
      const key = `${taskId}/${attempt}`;
      const value = memory.get(key) ?? compute(taskId);
      if (value !== undefined) memory.set(key, value);
      return value;
    },
    salt: (taskId, attempt) => sha256(concatBytes(self, u64be(taskId), u64be(BigInt(attempt)))),
  };
}

export const hexOf = (address: Uint8Array): string => toHex(address);
