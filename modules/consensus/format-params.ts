import type { MsgUpdateParams } from "../../proto/gen/cosmos/consensus/v1.js";

type Field = readonly [name: string, value: bigint | number | string];

/** Zeroes are left out, as everywhere in protobuf's text. */
function fields(rows: readonly Field[]): string {
  return rows.filter(([, value]) => value !== 0n && value !== 0).map(([name, value]) => `${name}:${value} `).join("");
}

/** The parameters of a message in Go's compact text of tendermint.types.ConsensusParams, which is what the SDK's event carries. */
export function formatParams({ block, evidence, validator, abci }: MsgUpdateParams): string {
  const { seconds = 0n, nanos = 0 } = evidence?.maxAgeDuration ?? {};
  const age = `<${fields([["seconds", seconds], ["nanos", nanos]])}>`;
  const parts: readonly (string | undefined)[] = [
    block && `block:<${fields([["max_bytes", block.maxBytes], ["max_gas", block.maxGas]])}> `,
    evidence &&
      `evidence:<${fields([
        ["max_age_num_blocks", evidence.maxAgeNumBlocks],
        ["max_age_duration", age],
        ["max_bytes", evidence.maxBytes],
      ])}> `,
    validator && `validator:<${fields(validator.pubKeyTypes.map((type): Field => ["pub_key_types", `"${type}"`]))}> `,
    "version:<> ",
    abci && `abci:<${fields([["vote_extensions_enable_height", abci.voteExtensionsEnableHeight]])}> `,
  ];
  return parts.join("");
}
