/** Methods that reach the application: abci_info, abci_query. */
import { EMPTY_BYTES, toHeight } from "../../../chain/primitives/index.js";
import { invalidParams } from "../errors.js";
import { infoJson, queryJson } from "../json-abci.js";
import { defineMethod } from "../method.js";
import type { RpcMethod } from "../method.js";
import type { ChainReader, QueryDoor } from "../types.js";

export function abciMethods(chain: ChainReader, door: QueryDoor): readonly (readonly [string, RpcMethod])[] {
  const params = { path: "string", data: "hex", height: "int", prove: "bool" } as const;
  return [
    ["abci_info", defineMethod({}, async () => ({ response: infoJson(await chain.info()) }))],
    [
      "abci_query",
      defineMethod(params, async ({ path = "", data = EMPTY_BYTES, height = 0n, prove = false }) => {
        if (height < 0n) throw invalidParams("height must not be negative");
        return { response: queryJson(await door.query({ path, data, height: toHeight(height), prove })) };
      }),
    ],
  ];
}
