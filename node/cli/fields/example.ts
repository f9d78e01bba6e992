import type { Command } from "commander";
import { ACCOUNT_PREFIX, CONSENSUS_PREFIX, OPERATOR_PREFIX } from "../../../chain/codec/index.js";
import type { FieldTable } from "../../../chain/codec/index.js";
import { UOPEN } from "../../../chain/primitives/index.js";
import { valueHint } from "./field-json.js";
import type { RequestShape } from "./request-shape.js";
import { enumChoices } from "./scalar-json.js";

const SAMPLES: Readonly<Record<string, string>> = {
  coins: `1000000${UOPEN}`,
  duration: "24h",
  time: "2027-01-31T12:00:00Z",
  address: `${ACCOUNT_PREFIX}1...`,
  "validator-address": `${OPERATOR_PREFIX}1...`,
  "consensus-address": `${CONSENSUS_PREFIX}1...`,
  hex: "0xC0FFEE",
  decimal: "0.1",
  n: "1",
};

function sampleOf(field: FieldTable): string {
  const hint = valueHint(field);
  if (hint === "choice") return [...enumChoices(field.names?.() ?? {}).keys()].find((choice) => choice !== "unspecified") ?? "1";
  if (hint === "json") return `${field.json}.json`;
  return SAMPLES[hint] ?? (field.json.includes("denom") ? UOPEN : field.json.includes("url") ? "/cosmos.bank.v1beta1.MsgSend" : `"${field.json.replaceAll("_", " ")}"`);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** How the command is typed, below its help: the example given, or one made from the kinds of its arguments. */
export function addExample(command: Command, { positional }: Pick<RequestShape, "positional">, example: string | undefined, flags = ""): void {
  const words = example ?? [...positional.filter(({ word }) => word.startsWith("<")).map(({ field }) => sampleOf(field)), flags].join(" ").trim();
  command.addHelpText("after", `\nExample:\n  ${pathOf(command)} ${words}`.trimEnd());
}
