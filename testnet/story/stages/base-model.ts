import { message } from "../../../client/messages.js";
import { blobCid } from "../../../client/blob-cid.js";
import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes, equalBytes } from "../../../chain/primitives/index.js";
import { MsgRegisterBaseModel } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { BaseModel } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { readBase } from "../../../sidecar/base/read.js";
import { FIRST_PAGE } from "../story.js";
import type { Story } from "../story.js";

/** Part of the model side of each fee: 10 %. */
const ROYALTY_PPM = 100_000;

async function findBase(story: Story, baseHash: Uint8Array): Promise<BaseModel | undefined> {
  const { baseModels } = await story.chain.openledger.modelfactory.baseModels({ pagination: FIRST_PAGE });
  return baseModels.find((model) => equalBytes(model.baseHash, baseHash));
}

async function ensureBlob(story: Story, bytes: Uint8Array): Promise<string> {
  const cid = await blobCid(bytes);
  return (await story.chain.hasBlob(cid)) ? cid : story.chain.upload(bytes);
}

/** The shipped base model is on chain and its three files are with the nodes. */
export async function ensureBaseModel(story: Story): Promise<BaseModel> {
  const { config, tokenizer, weights } = readBase();
  const baseHash = sha256(concatBytes(...[config, tokenizer, weights].map((file) => sha256(file))));
  const configCid = await ensureBlob(story, config);
  const tokenizerCid = await ensureBlob(story, tokenizer);
  const weightsCid = await ensureBlob(story, weights);
  const known = await findBase(story, baseHash);
  if (known !== undefined) return known;
  const owner = story.actors.developer;
  const terms = { name: "openledger-base", license: "Apache-2.0", royaltyPpm: ROYALTY_PPM };
  const files = { baseHash, configCid, tokenizerCid, weightsCid };
  await story.chain.send(owner, [message(MsgRegisterBaseModel, { owner: owner.address, ...terms, ...files })]);
  const registered = await findBase(story, baseHash);
  if (registered === undefined) throw new Error("the base model is not on chain after its registration");
  return registered;
}
