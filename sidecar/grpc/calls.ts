import { Metadata, status } from "@grpc/grpc-js";
import type {
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceError,
  handleServerStreamingCall,
  handleUnaryCall,
} from "@grpc/grpc-js";
import { Reject } from "../../chain/primitives/index.js";

/** Metadata keys of the protocol: see sidecar.proto. */
export const CODE_KEY = "openledger-code";
export const TOKEN_KEY = "authorization";

const NOT_LOADED = new Set([7, 8, 9, 10]);

function statusOf(error: Reject): status {
  if (NOT_LOADED.has(error.code)) return status.FAILED_PRECONDITION;
  if (error.code === 13) return status.CANCELLED;
  if (error.code === 14) return status.UNAVAILABLE;
  return status.INVALID_ARGUMENT;
}

/** A Reject keeps its code; anything else is told apart from it and says no more than it must. */
export function toServiceError(error: unknown): Partial<ServiceError> {
  if (error instanceof Reject) {
    const metadata = new Metadata();
    metadata.set(CODE_KEY, `${error.codespace}/${error.code}`);
    return { code: statusOf(error), details: error.message, metadata };
  }
  return { code: status.INTERNAL, details: error instanceof Error ? error.message : "unknown failure" };
}

/** How many calls may compute or wait at once; the others are told to come back. */
export interface Gate {
  readonly busy: number;
  run<T>(work: () => Promise<T>): Promise<T>;
}

export class BusyError extends Error {
  override readonly name = "BusyError";
}

/**
 * At most `parallel` pieces of work run, in turns, since there is one compute thread; the others wait in order, and
 * `maxWaiting` bounds both together.
 */
export function createGate(maxWaiting: number, parallel = 1): Gate {
  let busy = 0;
  let free = parallel;
  const waiting: (() => void)[] = [];
  const enter = async (): Promise<void> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    get busy() {
      return busy;
    },
    async run(work) {
      if (busy >= maxWaiting) throw new BusyError(`${busy} calls are waiting`);
      busy++;
      try {
        await enter();
        return await work().finally(leave);
      } finally {
        busy--;
      }
    },
  };
}

interface Guard {
  /** Expected token, or undefined where none is asked for. */
  readonly token: string | undefined;
}

function isAllowed(call: { readonly metadata: Metadata }, { token }: Guard): boolean {
  return token === undefined || call.metadata.get(TOKEN_KEY)[0] === `Bearer ${token}`;
}

const DENIED = { code: status.UNAUTHENTICATED, details: "wrong or missing sidecar token" } as const;

function failure(error: unknown): Partial<ServiceError> {
  if (error instanceof BusyError) return { code: status.RESOURCE_EXHAUSTED, details: error.message };
  return toServiceError(error);
}

export function unary<Q, R>(guard: Guard, answer: (request: Q, signal: AbortSignal) => Promise<R>): handleUnaryCall<Q, R> {
  return (call: ServerUnaryCall<Q, R>, done: sendUnaryData<R>) => {
    if (!isAllowed(call, guard)) {
      done(DENIED);
      return;
    }
    const abort = new AbortController();
    call.on("cancelled", () => abort.abort());
    answer(call.request, abort.signal).then(
      (response) => done(null, response),
      (error: unknown) => done(failure(error)),
    );
  };
}

/** Writes one event and waits while the peer is slow. */
export type Emit<R> = (event: R) => Promise<void>;

function emitter<Q, R>(call: ServerWritableStream<Q, R>, signal: AbortSignal): Emit<R> {
  return async (event) => {
    if (signal.aborted || call.write(event)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        call.off("drain", go);
        signal.removeEventListener("abort", go);
        resolve();
      };
      call.on("drain", go);
      signal.addEventListener("abort", go);
    });
  };
}

export function streaming<Q, R>(
  guard: Guard,
  answer: (request: Q, emit: Emit<R>, signal: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Q, R> {
  return (call) => {
    if (!isAllowed(call, guard)) {
      call.emit("error", DENIED);
      return;
    }
    const abort = new AbortController();
    call.on("cancelled", () => abort.abort());
    answer(call.request, emitter(call, abort.signal), abort.signal).then(
      () => call.end(),
      (error: unknown) => {
        if (!abort.signal.aborted) call.emit("error", failure(error));
      },
    );
  };
}
