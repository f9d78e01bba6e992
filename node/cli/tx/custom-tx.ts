import type { Command } from "commander";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import type { CommandContext } from "../common-options.js";
import type { FieldSources } from "../fields/field-json.js";
import type { Typed } from "../fields/request-shape.js";
import type { Sender } from "./signer.js";
import type { TxOptions } from "./tx-options.js";

export interface CustomInput {
  readonly args: Typed["args"];
  readonly options: TxOptions;
  readonly sender: Sender;
  readonly sources: FieldSources;
  readonly context: CommandContext;
}

/** A transaction whose message is not simply its fields: several messages, a file of another shape, or a choice of types. */
export interface CustomTx {
  /** Below which group it stands. */
  readonly module: string;
  /** Name and arguments, as commander writes them. */
  readonly use: string;
  readonly about: string;
  /** Behind the command's path. */
  readonly example: string;
  /** Type URLs of what it can send. */
  readonly sends: readonly string[];
  flags?(command: Command): void;
  /** Which argument is the signer, in place of --from. */
  from?(args: Typed["args"]): string;
  build(input: CustomInput): Promise<readonly Any[]>;
}

/** An argument that must be there: commander has checked that it is. */
export function textAt(args: Typed["args"], at: number): string {
  const text = args[at];
  return typeof text === "string" ? text : "";
}

export function textsAt(args: Typed["args"], at: number): readonly string[] {
  const texts = args[at];
  return typeof texts === "object" ? texts : [];
}
