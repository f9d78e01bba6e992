import { expect } from "chai";
import { utf8 } from "../chain/primitives/index.js";
import { blobCid } from "./blob-cid.js";

describe("a blob's CID", () => {
  it("is what ipfs add --cid-version 1 prints", async () => {
    expect(await blobCid(utf8("hello world\n"))).to.equal("bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
    expect(await blobCid(new Uint8Array(0))).to.equal("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
  });

  it("covers blobs of several chunks", async () => {
    const many = await blobCid(new Uint8Array(262_145));
    expect(many.startsWith("bafybei")).to.equal(true);
  });
});
