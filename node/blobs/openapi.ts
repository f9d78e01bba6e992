/** The blob gateway in the words of OpenAPI 3.0: path items by path. */
import { BLOB_PATH } from "./http.js";

interface Item {
  readonly [name: string]: Item | string | boolean | number | readonly (Item | string)[];
}

const BYTES: Item = { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
const FAILURE: Item = {
  description: "Why not: a code of the gateway's own.",
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: { code: { type: "string" }, message: { type: "string" } },
        required: ["code", "message"],
      },
    },
  },
};
const CID: Item = {
  name: "cid",
  in: "path",
  required: true,
  description: "A CID of IPFS.",
  schema: { type: "string", pattern: "^[A-Za-z0-9]{1,128}$" },
};
const MADE: Item = {
  "application/json": {
    schema: { type: "object", properties: { cid: { type: "string" }, size: { type: "integer" } }, required: ["cid", "size"] },
  },
};

export const BLOB_PATH_ITEMS: Readonly<Record<string, Item>> = {
  [BLOB_PATH]: {
    post: {
      tags: ["blobs"],
      operationId: "blobs.put",
      summary: "Store bytes under their CID",
      requestBody: { required: true, content: BYTES },
      responses: { "201": { description: "Stored.", content: MADE }, default: FAILURE },
    },
  },
  [`${BLOB_PATH}/{cid}`]: {
    get: {
      tags: ["blobs"],
      operationId: "blobs.get",
      summary: "The bytes that a CID names",
      parameters: [CID],
      responses: { "200": { description: "They never change.", content: BYTES }, default: FAILURE },
    },
  },
};
