import { expect } from "chai";
import fc from "fast-check";
import { toUopen, utf8 } from "../../chain/primitives/index.js";
import { ask, brokenInvariant } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  DEVELOPER,
  STRANGER,
  USER,
  answerOf,
  findingOf,
  bech,
  checkpoint,
  claim,
  complete,
  lastTask,
  order,
  request,
  withAdapter,
  withData,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  InferenceStatus,
  InferenceTask,
  QueryInferenceByNonceRequest,
  QueryInferenceByNonceResponse,
  QueryInferencesRequest,
  QueryInferencesResponse,
} from "../../proto/gen/openledger/openlora/v1.js";
import type { InferenceOutcome, MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";
import { OpenLoraError } from "./errors.js";
import { checkParams, defaultParams } from "./params.js";
import { maxPromptTokens, outputHash, parseOutcome } from "./rules/outcome.js";
import { OPENLORA_STORE, openloraState } from "./state.js";

const state = (e: Economy) => openloraState.open(e.ctx.store(OPENLORA_STORE));
const inference = (e: Economy, id = 1n) => state(e).inferences.getOrFail(id);

function settle(e: Economy): void {
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  const task = lastTask(e);
  e.desk.resolve(e.ctx, task, findingOf(task.payload, [3n, 1n]));
}

describe("requesting an inference", () => {
  const greedy = { temperatureMilli: 0, topK: 0, seed: 0n };
  const cases: readonly (readonly [string, Partial<MsgRequestInference>, string])[] = [
    ["an empty prompt", { prompt: "" }, "openlora/2"],
    ["an endless prompt", { prompt: "x".repeat(1_025) }, "openlora/2"],
    ["a prompt with control characters", { prompt: "a\u0000b" }, "openlora/2"],
    ["a wild temperature", { sampling: { ...greedy, temperatureMilli: 10_001 } }, "openlora/3"],
    ["a wild top-k", { sampling: { ...greedy, topK: 1_001 } }, "openlora/3"],
    ["no nonce", { clientNonce: "" }, "openlora/4"],
    ["a nonce with spaces", { clientNonce: "a b" }, "openlora/4"],
    ["an adapter that does not exist", { adapterId: 9n }, "openlora/6"],
    ["no answer tokens", { maxTokens: 0 }, "openlora/8"],
    ["too many answer tokens", { maxTokens: 129 }, "openlora/8"],
    ["less than the least escrow", { maxFee: "19999" }, "openlora/9"],
    ["more than the user has", { maxFee: "1000000000001" }, "sdk/18"],
  ];
  for (const [what, over, code] of cases) {
    it(`refuses ${what}`, () => expect(rejection(() => request(withAdapter(), over))).to.equal(code));
  }
  it("refuses an adapter that is not published", () => {
    const e = withData();
    claim(e, order(e));
    for (const step of [20, 40, 50]) checkpoint(e, 1n, step);
    complete(e, 1n);
    expect(rejection(() => request(e))).to.equal("openlora/7");
  });
  it("refuses a max fee below the dearest answer, and takes one that just covers it", () => {
    // (11 bytes and a start token) * 100,000 + 20 * 3,000,000 per thousand, and 10,000 for the platform.
    const dearest = 1_200n + 60_000n + 10_000n;
    const e = withAdapter();
    expect(rejection(() => request(e, { maxFee: (dearest - 1n).toString() }))).to.equal("openlora/9");
    expect(request(e, { maxFee: dearest.toString() })).to.equal(1n);
  });
  it("refuses a second request with a nonce, also after the first has ended; another user may have it", () => {
    const e = withAdapter();
    request(e, { clientNonce: "n" });
    expect(rejection(() => request(e, { clientNonce: "n" }))).to.equal("openlora/5");
    e.desk.fail(e.ctx, lastTask(e));
    expect(rejection(() => request(e, { clientNonce: "n" }))).to.equal("openlora/5");
    expect(request(e, { clientNonce: "n", user: bech(ALICE) })).to.equal(2n);
  });
});

describe("an inference", () => {
  it("is answered, then settled: the fee goes, the rest comes back", () => {
    const e = withAdapter();
    const before = e.ledger.balance(e.ctx, USER);
    request(e);
    expect(before - e.ledger.balance(e.ctx, USER)).to.equal(500_000n);
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    expect([inference(e).status, inference(e).answer]).to.deep.equal([InferenceStatus.INFERENCE_STATUS_ANSWERED, "The tyger."]);
    const task = lastTask(e);
    e.desk.resolve(e.ctx, task, findingOf(task.payload, [3n, 1n]));
    expect([inference(e).status, inference(e).fee]).to.deep.equal([InferenceStatus.INFERENCE_STATUS_SETTLED, "25300"]);
    expect(before - e.ledger.balance(e.ctx, USER)).to.equal(25_300n);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
  it("keeps the price it was accepted at", () => {
    const e = withAdapter();
    request(e);
    const params = state(e).params.getOrFail();
    state(e).params.set({ ...params, platformFee: "90000000" });
    settle(e);
    expect(inference(e).fee).to.equal("25300");
  });
  it("is refunded whole when there is no agreement", () => {
    const e = withAdapter();
    const before = e.ledger.balance(e.ctx, USER);
    request(e);
    e.desk.fail(e.ctx, lastTask(e));
    expect(e.ledger.balance(e.ctx, USER)).to.equal(before);
    expect(inference(e).status).to.equal(InferenceStatus.INFERENCE_STATUS_REFUNDED);
  });
  it("cannot end twice", () => {
    const e = withAdapter();
    request(e);
    const task = lastTask(e);
    e.desk.fail(e.ctx, task);
    expect(() => e.desk.fail(e.ctx, task)).to.throw("an escrow is released once");
  });
  it("is found by its nonce and by its user", () => {
    const e = withAdapter();
    request(e, { clientNonce: "n" });
    request(e, { clientNonce: "n", user: bech(DEVELOPER) });
    const path = (method: string) => `/openledger.openlora.v1.Query/${method}`;
    const byNonce = (user: string) =>
      ask(e.ctx, e.modules, {
        path: path("InferenceByNonce"),
        codec: QueryInferenceByNonceRequest,
        message: { user, clientNonce: "n" },
        response: QueryInferenceByNonceResponse,
      }).inference.id;
    const list = (user: string) =>
      ask(e.ctx, e.modules, { path: path("Inferences"), codec: QueryInferencesRequest, message: { user }, response: QueryInferencesResponse })
        .inferences.map((i) => i.id);
    expect(byNonce(bech(DEVELOPER))).to.equal(2n);
    expect(rejection(() => byNonce(bech(STRANGER)))).to.equal("sdk/38");
    expect([list(bech(USER)), list("")]).to.deep.equal([[1n], [1n, 2n]]);
  });
});

describe("exactly once", () => {
  it("escrow in equals paid and refunded, for any interleaving of requests, answers, attributions and failures", () => {
    const step = fc.record({ act: fc.constantFrom("ask", "resolve", "fail"), pick: fc.nat({ max: 20 }), fee: fc.integer({ min: 71_200, max: 90_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const e = withAdapter();
        const before = e.ledger.balance(e.ctx, USER);
        const supply = e.ledger.supply(e.ctx);
        const open = new Set<number>();
        const track = (from: number) => e.desk.tasks.slice(from).forEach((_, i) => open.add(from + i));
        for (const { act, pick, fee } of steps) {
          const from = e.desk.tasks.length;
          const index = [...open][pick % Math.max(open.size, 1)];
          if (act === "ask") request(e, { clientNonce: `n${from}`, maxFee: fee.toString() });
          else if (index !== undefined) {
            const task = e.desk.tasks[index]!;
            open.delete(index);
            if (act === "fail") e.desk.fail(e.ctx, task);
            else if (task.kind === "inference") e.desk.resolve(e.ctx, task, answerOf());
            else e.desk.resolve(e.ctx, task, findingOf(task.payload, [BigInt(pick), 1n]));
          }
          track(from);
          expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
        }
        const all = [...state(e).inferences.values()];
        const paid = all.reduce((s, i) => s + BigInt(i.fee), 0n);
        const held = e.ledger.moduleBalance(e.ctx, OPENLORA_STORE);
        expect(e.ledger.supply(e.ctx)).to.equal(supply);
        return before - e.ledger.balance(e.ctx, USER) === paid + held;
      }),
      { numRuns: 40 },
    );
  });
});

describe("an answer's bounds", () => {
  const TASK = InferenceTask.create({ maxTokens: 5, maxPromptTokens: 4 });
  const bad: readonly (readonly [string, Partial<InferenceOutcome>])[] = [
    ["too many answer tokens", { answerTokens: [1, 2, 3, 4, 5, 6] }],
    ["too many prompt tokens", { promptTokens: [1, 2, 3, 4, 5] }],
    ["no prompt tokens", { promptTokens: [] }],
    ["a token that is none", { answerTokens: [1 << 21] }],
    ["an endless text", { text: "x".repeat(8_193) }],
    ["another output's hash", { outputHash: outputHash([1]) }],
    ["no runtime", { runtimeId: new Uint8Array(0) }],
  ];
  for (const [what, over] of bad) it(`refuse ${what}`, () => expect(parseOutcome(answerOf(over), TASK)).to.equal(undefined));
  it("admit the answer itself", () => expect(parseOutcome(answerOf(), TASK)?.text).to.equal("The tyger."));
  it("refuse any other bytes without throwing", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => parseOutcome(bytes, TASK) === undefined));
  });
  it("count at most one token per byte, and a start token", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => maxPromptTokens(text) === utf8(text).length + 1));
  });
});

describe("the openlora module", () => {
  it("exports what it imports", () => {
    const e = withAdapter();
    request(e);
    settle(e);
    request(e);
    const module = e.modules.find((m) => m.name === OPENLORA_STORE)!;
    const exported = module.genesis.export(e.ctx);
    const fresh = createScratchContext();
    module.genesis.init(fresh, exported);
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
    const [before, after] = [e.ctx, fresh].map((ctx) => [...ctx.store(OPENLORA_STORE).iterate()].map(([k, v]) => [[...k], [...v]]));
    expect(after).to.deep.equal(before);
  });
  it("notices when an invariant breaks", () => {
    const e = withAdapter();
    request(e);
    e.ledger.toModule(e.ctx, ALICE, OPENLORA_STORE, toUopen(1n));
    expect(brokenInvariant(e.ctx, e.modules)).to.match(/^the openlora account holds exactly/);
    const other = withAdapter();
    request(other);
    state(other).quotes.delete(1n);
    expect(brokenInvariant(other.ctx, other.modules)).to.match(/^no fee exceeds its escrow/);
  });
  it("bounds its params", () => {
    checkParams(defaultParams);
    for (const over of [{ maxPromptBytes: 2_049 }, { maxAnswerTokens: 513 }, { maxPromptBytes: 0 }]) {
      expect(rejection(() => checkParams({ ...defaultParams, ...over }))).to.equal("openlora/10");
    }
  });
  it("pins its error codes", () => {
    expect(Object.values(OpenLoraError).map((make) => make().code)).to.deep.equal(Array.from({ length: 11 }, (_, i) => i + 2));
    expect(OpenLoraError.AdapterNotPublished().message).to.equal("adapter is not published");
  });
});
