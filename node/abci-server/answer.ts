/** From the bytes of one request to the response, for either transport. */
import { CodecError, Reader } from "../../chain/codec/index.js";
import { Reject } from "../../chain/primitives/index.js";
import { Request, Response } from "../../proto/gen/tendermint/abci.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { METHODS } from "./methods.js";
import type { Method, MethodName, Target } from "./methods.js";

/** Newer engines may send fields that we do not know. */
export const LENIENT = { unknown: "ignore" } as const;

export interface AnswerDeps extends Target {
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

export interface Answered {
  readonly name: MethodName;
  readonly response: Response;
}

/** Numbers of the oneof against its names. */
const NAME_OF = new Map(Request.fields.map(({ no, name }) => [no, name as MethodName]));

/** @throws EdgeFailure "malformed" when this is no request at all. */
export function nameOfRequest(frame: Uint8Array): MethodName {
  const name = NAME_OF.get(firstField(frame));
  if (name === undefined) throw new EdgeFailure("malformed", "not a request of ABCI 2.0", { bytes: frame.length });
  return name;
}

function firstField(frame: Uint8Array): number {
  try {
    return new Reader(frame).varint32() >>> 3;
  } catch {
    return 0;
  }
}

function decode<Name extends MethodName>(name: Name, frame: Uint8Array): NonNullable<Request[Name]> {
  const request = Request.decode(frame, LENIENT)[name];
  if (request === undefined) throw CodecError.TxDecode(`not a request of ${name}`);
  return request;
}

/**
 * Begins to answer one frame; calls of the application are made in the order of the frames. What the application throws becomes
 * an exception, which ends CometBFT too, and is told to `onFatal`.
 * @throws EdgeFailure "malformed", before anything was asked, when nothing in the grammar answers the frame.
 */
export function beginAnswer(frame: Uint8Array, deps: AnswerDeps): Promise<Answered> {
  const name = nameOfRequest(frame);
  return begin(name, () => decode(name, frame), deps);
}

/** As beginAnswer, for a request whose method the transport names. */
export function begin<Name extends MethodName>(
  name: Name,
  read: () => NonNullable<Request[Name]>,
  deps: AnswerDeps,
): Promise<Answered> {
  const method: Method<Name> = METHODS[name];
  try {
    return finish(name, method.prepare(read()), deps);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    deps.log.warn("request with bad fields", { method: name, reason: error.message });
    if (method.refuse === undefined)
      throw new EdgeFailure("malformed", "a request with bad fields that no answer fits", { method: name }, error);
    return Promise.resolve({ name, response: Response.create({ [name]: method.refuse(error) }) });
  }
}

async function finish(name: MethodName, ask: (target: Target) => unknown, deps: AnswerDeps): Promise<Answered> {
  try {
    return { name, response: Response.create({ [name]: await ask(deps) }) };
  } catch (error) {
    deps.onFatal(error);
    return { name, response: Response.create({ exception: { error: errorText(error) } }) };
  }
}
