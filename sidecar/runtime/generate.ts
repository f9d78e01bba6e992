import { StringDecoder } from "node:string_decoder";
import { sha256 } from "../../chain/crypto/index.js";
import { SidecarError } from "../errors.js";
import { greedy, sample } from "../model/sampling.js";
import { Xoshiro } from "../random/xoshiro.js";
import { checkGenerate } from "../request.js";
import type { GenerateRequest, GenerateResult, GeneratedToken, Sampling } from "../types.js";
import type { Residents } from "./residents.js";

export interface GenerateWatch {
  readonly onToken?: ((token: GeneratedToken) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One answer, token by token, from the base model or an adapter of it. */
export async function generate(residents: Residents, request: GenerateRequest, watch: GenerateWatch): Promise<GenerateResult> {
  const { tokenizer, model, info } = residents.base(request.baseId);
  checkGenerate(request, info.vocabulary, info.context);
  const promptTokens = [tokenizer.start, ...tokenizer.encode(request.prompt)];
  if (promptTokens.length + request.maxTokens > info.context) throw SidecarError.TooLong();
  const adapter = request.adapterId.length === 0 ? undefined : residents.adapter(request.adapterId, request.baseId);
  const ask = { promptTokens, maxTokens: request.maxTokens, choose: chooser(request.sampling) };
  const answering = adapter === undefined ? model.answer(ask) : adapter.learner.answer(adapter.theta, ask);
  const decoder = new StringDecoder("utf8");
  const answerTokens: number[] = [];
  for (;;) {
    await residents.pause(watch.signal);
    const next = answering.next();
    if (next.done === true) {
      const text = tokenizer.decode(answerTokens);
      return { runtimeId: residents.runtimeId, text, promptTokens, answerTokens, outputHash: hashTokens(answerTokens), finish: next.value };
    }
    answerTokens.push(next.value);
    const text = decoder.write(Buffer.from(tokenizer.tokenBytes(next.value)));
    watch.onToken?.({ index: answerTokens.length - 1, token: next.value, text });
  }
}

function chooser(sampling: Sampling): (logits: Float32Array) => number {
  if (sampling.kind === "greedy") return greedy;
  const random = new Xoshiro(sampling.seed);
  return (logits) => sample(logits, sampling, random);
}

function hashTokens(tokens: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * tokens.length);
  const view = new DataView(bytes.buffer);
  tokens.forEach((t, i) => view.setUint32(4 * i, t));
  return sha256(bytes);
}
