import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { brokenInvariant } from "../../chain/testkit/deliver.js";
import { USER, answerOf, bech, findingOf, lastTask, request, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { AdapterStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { InferenceOutcome, InferenceTask } from "../../proto/gen/openledger/openlora/v1.js";
import type { GenesisState } from "../../proto/gen/openledger/openlora/v1.js";
import { modelfactoryState } from "../modelfactory/state.js";
import { genesis } from "./genesis.js";
import { checkParams, defaultParams } from "./params.js";
import { inferenceKey, outcomeKey } from "./rules/keys.js";
import { MAX_ANSWER_BYTES, MAX_OUTCOME_BYTES, outputHash, parseOutcome } from "./rules/outcome.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

const state = (e: Economy) => openloraState.open(e.ctx.store(OPENLORA_STORE));
const greedy = { temperatureMilli: 0, topK: 0, seed: 0n };
/** type -> attributes, of events of one type. */
const told = (e: Economy, type: string) => e.ctx.events.filter((x) => x.type === type).map((x) => Object.fromEntries(x.attributes.map((a) => [a.key, a.value])));

describe("the bounds of a request", () => {
  it("admit what lies on them, and nothing beyond", () => {
    const e = withAdapter();
    const maxFee = "10000000";
    const { maxPromptBytes, maxAnswerTokens } = defaultParams;
    for (const over of [
      { prompt: "x".repeat(maxPromptBytes) },
      { prompt: "é".repeat(maxPromptBytes / 2) },
      { maxTokens: maxAnswerTokens },
      { maxTokens: 1 },
      { sampling: { ...greedy, temperatureMilli: 10_000 } },
      { sampling: { ...greedy, topK: 1_000 } },
      { clientNonce: "~".repeat(64) },
      { prompt: "two\n\tlines" },
    ])
      request(e, { maxFee, ...over });
    expect(rejection(() => request(e, { maxFee, prompt: "é".repeat(maxPromptBytes / 2 + 1) }))).to.equal("openlora/2");
    expect(rejection(() => request(e, { maxFee, clientNonce: "~".repeat(65) }))).to.equal("openlora/4");
    for (const prompt of ["\r", "\u007f", "\u0085"]) expect(rejection(() => request(e, { maxFee, prompt })), JSON.stringify(prompt)).to.equal("openlora/2");
  });

  it("make the least escrow due where every answer is cheaper", () => {
    const e = withAdapter();
    const cheap = { maxTokens: 1, prompt: "x" };
    // (2 * 100,000 + 1 * 3,000,000) / 1,000 and the platform's 10,000 are 13,200.
    expect(rejection(() => request(e, { ...cheap, maxFee: "19999" }))).to.equal("openlora/9");
    expect(request(e, { ...cheap, maxFee: "20000" })).to.equal(1n);
    state(e).params.set({ ...defaultParams, minEscrow: "13200" });
    expect(rejection(() => request(e, { ...cheap, maxFee: "13199" }))).to.equal("openlora/9");
    expect(request(e, { ...cheap, maxFee: "13200" })).to.equal(2n);
  });

  it("leave out an adapter whose training was proven wrong, stands on such a one, or cannot be checked", () => {
    const { ADAPTER_STATUS_REFUTED, ADAPTER_STATUS_TAINTED, ADAPTER_STATUS_UNVERIFIED } = AdapterStatus;
    for (const status of [ADAPTER_STATUS_REFUTED, ADAPTER_STATUS_TAINTED, ADAPTER_STATUS_UNVERIFIED]) {
      const e = withAdapter();
      const { adapters } = modelfactoryState.open(e.ctx.store("modelfactory"));
      adapters.set(1n, { ...adapters.getOrFail(1n), status });
      expect(rejection(() => request(e))).to.equal("openlora/12");
    }
  });
});

describe("the story of a request, told", () => {
  const user = bech(USER);
  const common = { inference_id: "1", user, adapter_id: "1" };

  it("begins with its escrow and its task, goes on with the answer, and ends with what it cost", () => {
    const e = withAdapter();
    request(e, { clientNonce: "n" });
    const task = lastTask(e);
    expect(told(e, "request_inference")).to.deep.equal([{ ...common, client_nonce: "n", max_fee: "500000", task_id: task.id.toString() }]);
    e.desk.resolve(e.ctx, task, answerOf());
    expect(told(e, "answer_inference")).to.deep.equal([{ ...common, prompt_tokens: "3", answer_tokens: "5", output_hash: toHex(outputHash([5, 6, 7, 8, 9])) }]);
    expect(state(e).outcomes.getOrFail(1n)).to.deep.equal(InferenceOutcome.decode(answerOf()));
    const attribution = lastTask(e);
    e.desk.resolve(e.ctx, attribution, findingOf(attribution.payload, [3n, 1n]));
    expect(told(e, "settle_inference")).to.deep.equal([{ ...common, fee: "25300", returned: "474700" }]);
    expect(told(e, "refund_inference")).to.deep.equal([]);
  });

  it("or with the money back", () => {
    const e = withAdapter();
    request(e);
    e.desk.fail(e.ctx, lastTask(e));
    expect(told(e, "refund_inference")).to.deep.equal([{ ...common, refunded: "500000" }]);
    expect(told(e, "settle_inference")).to.deep.equal([]);
  });
});

describe("the bounds of an answer", () => {
  const task = (over: Partial<InferenceTask> = {}) => InferenceTask.create({ maxTokens: 5, maxPromptTokens: 3, ...over });
  const isTaken = (bytes: Uint8Array, over: Partial<InferenceTask> = {}): boolean => parseOutcome(bytes, task(over)) !== undefined;

  it("admit what lies on them", () => {
    expect(isTaken(answerOf()), "as many tokens as the task allows").to.equal(true);
    expect([isTaken(answerOf(), { maxPromptTokens: 2 }), isTaken(answerOf(), { maxTokens: 4 })]).to.deep.equal([false, false]);
    expect(isTaken(answerOf({ promptTokens: [1] }))).to.equal(true);
    expect(isTaken(answerOf({ answerTokens: [(1 << 21) - 1] }))).to.equal(true);
    expect(["x".repeat(MAX_ANSWER_BYTES), "é".repeat(MAX_ANSWER_BYTES / 2), `${"é".repeat(MAX_ANSWER_BYTES / 2)}x`].map((text) => isTaken(answerOf({ text })))).to.deep.equal([true, true, false]);
  });

  it("are those of a vote, whatever the task allows", () => {
    const promptTokens = Array<number>(2_800).fill(200_000);
    const withText = (length: number): Uint8Array => answerOf({ promptTokens, text: "x".repeat(length) });
    const filled = (length: number): Uint8Array => withText(5_000 + length - withText(5_000).length);
    const wide = { maxPromptTokens: 1_000_000 };
    const [fits, over] = [filled(MAX_OUTCOME_BYTES), filled(MAX_OUTCOME_BYTES + 1)];
    expect([fits.length, over.length]).to.deep.equal([MAX_OUTCOME_BYTES, MAX_OUTCOME_BYTES + 1]);
    expect([isTaken(fits, wide), isTaken(over, wide)]).to.deep.equal([true, false]);
  });

  it("are one encoding: the same answer with a field in its default written out is another", () => {
    const plain = answerOf({ text: "" });
    // An empty text, written all the same: field 1, length 0.
    expect(isTaken(plain)).to.equal(true);
    expect(isTaken(Uint8Array.from([10, 0, ...plain]))).to.equal(false);
  });

  it("hash tokens as four bytes each, and keys are where wallets look for proofs", () => {
    expect(toHex(outputHash([1, 2 ** 21 - 1]))).to.equal(toHex(sha256(Uint8Array.of(0, 0, 0, 1, 0, 31, 255, 255))));
    const e = withAdapter();
    request(e);
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    const store = e.ctx.store(OPENLORA_STORE);
    expect([store.has(inferenceKey(1n)), store.has(outcomeKey(1n)), store.has(outcomeKey(2n))]).to.deep.equal([true, true, false]);
    expect(InferenceOutcome.decode(store.get(outcomeKey(1n)) ?? new Uint8Array(0)).text).to.equal("The tyger.");
  });
});

describe("the bounds of parameters", () => {
  it("admit what lies on them, and nothing beyond", () => {
    const most = "1000000000000";
    for (const over of [{ maxPromptBytes: 1 }, { maxPromptBytes: 2_048 }, { maxAnswerTokens: 1 }, { maxAnswerTokens: 512 }, { platformFee: most }, { minEscrow: most }, { platformFee: "0" }]) {
      checkParams({ ...defaultParams, ...over });
    }
    for (const over of [{ maxPromptBytes: 0 }, { maxPromptBytes: 2_049 }, { maxAnswerTokens: 0 }, { maxAnswerTokens: 513 }, { platformFee: "1000000000001" }, { minEscrow: "1000000000001" }]) {
      expect(rejection(() => checkParams({ ...defaultParams, ...over })), JSON.stringify(over)).to.equal("openlora/10");
    }
  });
});

describe("a genesis of requests", () => {
  function exported(): GenesisState {
    const e = withAdapter();
    request(e);
    return genesis.export(e.ctx);
  }
  const refused = (change: (state: GenesisState) => Partial<GenesisState>): string => {
    const from = exported();
    return rejection(() => genesis.init(createScratchContext(), { ...from, ...change(from) }));
  };

  it("has ids before the next, a quote for each escrow and for nothing else, and amounts and params that are some", () => {
    expect(refused(() => ({ nextInferenceId: 1n }))).to.equal("openlora/11");
    expect(refused(() => ({ quotes: [] }))).to.equal("openlora/11");
    expect(refused(({ inferences }) => ({ inferences: inferences.map((i) => ({ ...i, status: 4 })) }))).to.equal("openlora/11");
    expect(refused(({ inferences }) => ({ inferences: inferences.map((i) => ({ ...i, maxFee: "-1" })) }))).to.equal("sdk/18");
    expect(refused(() => ({ params: { ...defaultParams, maxAnswerTokens: 0 } }))).to.equal("openlora/10");
  });

  it("leads to invariants that notice a fee above its escrow", () => {
    const e = withAdapter();
    request(e);
    const { inferences } = state(e);
    const found = inferences.getOrFail(1n);
    inferences.set(1n, { ...found, fee: found.maxFee });
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
    inferences.set(1n, { ...found, fee: (BigInt(found.maxFee) + 1n).toString() });
    expect(brokenInvariant(e.ctx, e.modules)).to.match(/^no fee exceeds its escrow/);
  });
});
