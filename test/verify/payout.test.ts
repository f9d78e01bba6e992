import { expect } from "chai";
import { testValidators } from "../../chain/testkit/validators.js";
import { VerifyFailure, createVerifier } from "../../client/verify/index.js";
import type { VerifyDoor } from "../../client/verify/index.js";
import { Span } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { GRADIENT_CID, INFERENCE, VECTORS_CID, paidAnswer, writeAnswer } from "./paid-answer.js";
import type { PaidAnswer } from "./paid-answer.js";
import { START_SECONDS, createProvenChain, resign } from "./proven-chain.js";
import type { ProvenChain, ProvenChainOptions } from "./proven-chain.js";

const now = (): number => Number(START_SECONDS + 60n) * 1_000;

function chainOf(answer: PaidAnswer, more: Partial<ProvenChainOptions> = {}): ProvenChain {
  const write: ProvenChainOptions["write"] = (height, stores) => {
    if (height === 2) writeAnswer(stores, answer);
  };
  return createProvenChain({ heights: 8, write, blobs: answer.blobs, ...more });
}

const verifierOf = (chain: ProvenChain, door: VerifyDoor = chain.door) =>
  createVerifier({ door, trust: { height: 1n, hash: chain.trustHash }, now });

async function failureOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (error instanceof VerifyFailure) return error.code;
    throw error;
  }
  return expect.fail("it did not fail");
}

/** The answer with its record changed on chain, so that every proof is right and only the content is not. */
function tampered(change: (record: AttributionRecord) => Partial<AttributionRecord>): ProvenChain {
  const answer = paidAnswer();
  return chainOf({ ...answer, record: { ...answer.record, ...change(answer.record) } });
}

/** The record with its first span changed. */
function changedSpan({ outcome }: AttributionRecord, change: Partial<Span>): Partial<AttributionRecord> {
  return { outcome: { ...outcome, spans: outcome.spans.map((span, i) => (i === 0 ? { ...span, ...change } : span)) } };
}

describe("verifyPayout", () => {
  it("recomputes scores, shares and uopen of an honest record, from proofs and blobs alone", async () => {
    const chain = chainOf(paidAnswer());
    const found = await verifierOf(chain).verifyPayout(INFERENCE);
    expect(found.differences).to.deep.equal([]);
    expect(found.equal).to.equal(true);
    expect(found.escrow).to.equal(found.fee + found.refund);
    expect(found.header.height).to.equal(7n);
    expect(found.steps.map((s) => s.name)).to.deep.equal(["headers", "state", "scores", "spans", "money"]);
    expect(found.steps[3]?.detail).to.equal("2 spans stand in their rows; they are 100 % of all span scores");
  });

  it("follows the headers through changes of the validator set", async () => {
    const sets = [[10, 10, 10, 10], [10, 10, 10, 10, 30], [1, 1, 1, 1, 30, 30, 30], [1, 1, 1, 1, 1, 1, 1, 50, 50]].map(testValidators);
    const validatorsAt = (height: number) => sets[Math.min(3, Math.floor(height / 6))] ?? testValidators([1]);
    const chain = chainOf(paidAnswer(), { heights: 30, validatorsAt });
    expect((await verifierOf(chain).verifyPayout(INFERENCE)).equal).to.equal(true);
  });

  const lies: readonly (readonly [string, (record: AttributionRecord) => Partial<AttributionRecord>, string])[] = [
    ["a score that the vectors do not give", (r) => ({ outcome: { ...r.outcome, influence: r.outcome.influence.map((s, i) => (i === 1 ? { ...s, score: s.score + 1n } : s)) } }), "influence of"],
    ["another unit of scores", (r) => ({ outcome: { ...r.outcome, scoreExponent: r.outcome.scoreExponent + 1 } }), "unit of scores"],
    ["a payout of one uopen more", (r) => ({ payouts: r.payouts.map((p, i) => (i === 0 ? { ...p, amount: (BigInt(p.amount) + 1n).toString() } : p)) }), "payouts.0"],
    ["a fee that the tokens do not cost", () => ({ answerTokens: 5 }), "answer tokens"],
    ["another prompt", (r) => ({ promptHash: r.outputHash }), "prompt hash"],
    ["a span that stands elsewhere in its row", (r) => changedSpan(r, { position: (r.outcome.spans[0]?.position ?? 0n) + 1n }), "spans.0"],
    ["a span of somebody else's row", (r) => changedSpan(r, { contributor: r.outcome.spans[1]?.contributor ?? "" }), "spans.0"],
    ["a span of more tokens than the row has in common", (r) => changedSpan(r, { end: 4, score: 16n }), "spans.0"],
    ["a span beyond the answer", (r) => changedSpan(r, { start: 9, end: 12 }), "spans.0"],
    ["a span worth more than its length", (r) => changedSpan(r, { score: 10n }), "spans.0.score"],
    ["one token in two spans", (r) => changedSpan(r, { ...r.outcome.spans[1] }), "spans.1"],
    ["span scores below what the spans earn", (r) => ({ outcome: { ...r.outcome, spanScores: r.outcome.spanScores.map((s) => ({ ...s, score: s.score - 1n })) } }), "span score of"],
    ["a proof that does not exist", (r) => ({ outcome: { ...r.outcome, spans: [...r.outcome.spans, Span.create()] } }), "spans.2"],
    ["scores that are a median", (r) => ({ attestation: { ...r.attestation, median: true } }), "scores"],
  ];
  for (const [name, change, at] of lies) {
    it(`shows the difference of ${name}`, async () => {
      const { equal, differences } = await verifierOf(tampered(change)).verifyPayout(INFERENCE);
      expect(equal).to.equal(false);
      expect(differences.map((d) => d.at).join()).to.contain(at);
    });
  }

  it("refuses a record that the node changed on its way", async () => {
    const chain = chainOf(paidAnswer());
    const door: VerifyDoor = {
      ...chain.door,
      async rpc(method, params) {
        const text = JSON.stringify(await chain.door.rpc(method, params));
        return JSON.parse(method === "abci_query" ? text.replace(/"value":"../, '"value":"AA') : text) as unknown;
      },
    };
    expect(await failureOf(verifierOf(chain, door).verifyPayout(INFERENCE))).to.equal("untrusted");
  });

  it("refuses a header of which one field was changed, unsigned or signed by others", async () => {
    for (const validators of [undefined, testValidators([7, 7, 7, 7, 7])]) {
      const chain = chainOf(paidAnswer());
      const last = chain.headers.get(7n) ?? expect.fail("no header 7");
      const header = { ...last.header, appHash: new Uint8Array(32).fill(1) };
      chain.headers.set(7n, validators === undefined ? { ...last, header } : resign(header, validators));
      expect(await failureOf(verifierOf(chain).verifyPayout(INFERENCE))).to.equal("untrusted");
    }
  });

  it("refuses another chain than the trusted one, and a trusted header that has expired", async () => {
    const chain = chainOf(paidAnswer());
    const other = createVerifier({ door: chain.door, trust: { height: 1n, hash: new Uint8Array(32) }, now });
    expect(await failureOf(other.verifyPayout(INFERENCE))).to.equal("untrusted");
    const late = createVerifier({ door: chain.door, trust: { height: 1n, hash: chain.trustHash }, now: () => now() + 15 * 86_400_000 });
    expect(await failureOf(late.verifyPayout(INFERENCE))).to.equal("untrusted");
  });

  it("refuses vectors and query gradients that are not the agreed ones, and says when they are withheld", async () => {
    for (const cid of [VECTORS_CID, GRADIENT_CID, paidAnswer().record.outcome.spanProofsCid]) {
      const chain = chainOf(paidAnswer());
      const bytes = Uint8Array.from(chain.blobs.get(cid) ?? expect.fail(cid));
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      chain.blobs.set(cid, bytes);
      expect(await failureOf(verifierOf(chain).verifyPayout(INFERENCE)), cid).to.equal("untrusted");
      chain.blobs.delete(cid);
      expect(await failureOf(verifierOf(chain).verifyPayout(INFERENCE)), cid).to.equal("not-found");
    }
  });

  it("tells a payout that does not exist from one that it could not look at", async () => {
    const chain = chainOf(paidAnswer());
    expect(await failureOf(verifierOf(chain).verifyPayout(8n))).to.equal("not-found");
  });

  it("refuses answers that are not of their form, whichever method gives them", async () => {
    const chain = chainOf(paidAnswer());
    const garbage: readonly unknown[] = [null, 7, [], {}, { sync_info: { latest_block_height: "x" } }, { signed_header: 1 }, { response: {} }];
    for (const method of ["status", "commit", "validators", "abci_query"]) {
      for (const answer of garbage) {
        const door: VerifyDoor = { ...chain.door, rpc: (m, p) => (m === method ? Promise.resolve(answer) : chain.door.rpc(m, p)) };
        expect(await failureOf(verifierOf(chain, door).verifyPayout(INFERENCE)), `${method} ${JSON.stringify(answer)}`).to.equal("malformed");
      }
    }
  });
});
