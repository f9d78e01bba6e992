/** How the node reaches its application. The application itself is synchronous (chain/abci); where it runs is its connection's business. */
import type { Application } from "../../chain/abci/index.js";

/**
 * The methods of the application, each answered by a promise. Calls of one connection are executed one at a time, in the order
 * in which they are made; a promise rejects with what the application threw, which is a Fault of ours.
 */
export type AppConnection = {
  readonly [M in keyof Application]: (...args: Parameters<Application[M]>) => Promise<ReturnType<Application[M]>>;
};
