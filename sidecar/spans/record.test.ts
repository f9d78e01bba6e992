import { expect } from "chai";
import { encodeFinding, parseFinding } from "../../modules/attribution/rules/finding.js";
import { parseProofList } from "../../modules/attribution/rules/proof-list.js";
import { spanClaim, verifySpanProof } from "../../modules/attribution/rules/span-proof.js";
import { outcomeOf, publishEvidence } from "../../node/tasks/attribution.js";
import type { EvidenceDeps } from "../../node/tasks/attribution.js";
import { AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import { attributeResultToWire, parseProveSpanRequest } from "../grpc/convert.js";
import { createRuntime } from "../runtime.js";
import { tinyBase, tinyJob, tinyRows } from "../testkit/tiny.js";
import type { Runtime } from "../types.js";

/** From a sidecar's answer over a node's outcome to what a stranger checks: the spans of a record, each with its proof. */
describe("spans of a record", () => {
  const rows = tinyRows(48, 4).map((row, i) => ({ ...row, rowId: `${1 + Math.floor(i / 8)}/${i % 8}` }));
  const background = [rows[18]?.text ?? ""];
  const signal = new AbortController().signal;
  let runtime: Runtime;

  before(async () => {
    runtime = await createRuntime();
  });
  after(() => {
    runtime.dispose();
  });

  it("are proven by the blob that the outcome names, under the root it names, and the same twice", async () => {
    const { baseId } = await runtime.loadBase(tinyBase());
    const trained = await runtime.train(tinyJob(baseId), {});
    const { adapterId } = trained;
    await runtime.loadAdapter(baseId, trained.adapter);
    const { tangentRoot } = await runtime.loadTangents(trained.tangents);
    const { corpusId } = await runtime.loadCorpus(baseId, rows, background);
    const tokensOf = async (text: string): Promise<readonly number[]> =>
      (await runtime.generate({ baseId, adapterId, prompt: text, maxTokens: 1, sampling: { kind: "greedy" } })).promptTokens;
    const [said, more] = [await tokensOf(rows[5]?.text ?? ""), await tokensOf(rows[18]?.text ?? "")];
    const answerTokens = [...said.slice(1, 24), ...more.slice(-20)];
    const contributors = [0, 1, 2, 3].map((i) => `contributor-${i}`);
    const task = AttributionTask.create({ answerTokens, contributors, minSpanTokens: 3, maxSpans: 4, maxRows: 0 });

    const attest = async (): Promise<{ readonly value: Uint8Array; readonly blobs: Map<string, Uint8Array> }> => {
      const request = { baseId, adapterId, tangentRoot, corpusId, promptTokens: said.slice(0, 1), answerTokens, minSpanTokens: 3, displayRows: 0 };
      const found = attributeResultToWire(await runtime.attribute(request));
      const blobs = new Map<string, Uint8Array>();
      const deps: EvidenceDeps = {
        blobs: {
          put: (bytes) => {
            if (!(bytes instanceof Uint8Array)) throw new Error("a blob in pieces");
            const cid = `b${blobs.size}`;
            blobs.set(cid, bytes);
            return Promise.resolve({ cid, size: bytes.length });
          },
          pin: () => Promise.resolve(),
        },
        sidecar: { proveSpan: (wire) => runtime.proveSpan(parseProveSpanRequest(wire)) },
      };
      const evidence = await publishEvidence(deps, { task, found, corpusId }, signal);
      return { value: encodeFinding({ outcome: outcomeOf(task, found, evidence), work: new Uint8Array(32) }, task), blobs };
    };

    const { value, blobs } = await attest();
    const again = await attest();
    expect(again.value).to.deep.equal(value);
    expect(again.blobs).to.deep.equal(blobs);
    const outcome = parseFinding(value, task)?.outcome;
    if (outcome === undefined) throw new Error("not a finding");
    const proofs = parseProofList(blobs.get(outcome.spanProofsCid) ?? new Uint8Array(0)) ?? [];
    expect(outcome.spans.length).to.be.within(1, 4);
    expect(proofs).to.have.length(outcome.spans.length);
    outcome.spans.forEach((span, i) => {
      const bytes = proofs[i] ?? new Uint8Array(0);
      expect(verifySpanProof(bytes, spanClaim(outcome, span, answerTokens))).to.equal(undefined);
      expect(verifySpanProof(bytes, spanClaim(outcome, { ...span, contributor: "contributor-9" }, answerTokens))).to.equal("another row");
      expect(verifySpanProof(bytes, spanClaim(outcome, span, answerTokens.map((token) => token ^ 1)))).to.equal("another text");
    });
    // The second half of the answer is what everybody writes, and nobody is paid for it.
    expect(outcome.spans.some(({ text }) => text.includes("northern states"))).to.equal(false);
  }).timeout(60_000);
});
