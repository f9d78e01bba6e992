import { message } from "../../../client/messages.js";
import { responseOf } from "../../../client/responses.js";
import {
  Access,
  DatanetStatus,
  Modality,
  MsgCreateDatanet,
  MsgCreateDatanetResponse,
  MsgPublishDatanet,
} from "../../../proto/gen/openledger/datanet/v1.js";
import type { Datanet } from "../../../proto/gen/openledger/datanet/v1.js";
import { FIRST_PAGE } from "../story.js";
import type { Story } from "../story.js";

const NAME = "State of the Union";

/** Who opens the Datanet; the other contributors join it. */
const OWNER = "abraham-lincoln";

async function findDatanet(story: Story): Promise<Datanet | undefined> {
  const { datanets } = await story.chain.openledger.datanet.datanets({ pagination: FIRST_PAGE });
  return datanets.find((d) => d.name === NAME && d.owner === story.actors[OWNER].address);
}

async function createDatanet(story: Story): Promise<bigint> {
  const owner = story.actors[OWNER];
  const sent = await story.chain.send(owner, [
    message(MsgCreateDatanet, {
      owner: owner.address,
      name: NAME,
      summary: "Sentences from the addresses of three presidents",
      description: "Public-domain sentences, one a row, each owned by the one who said it first.",
      tags: ["english", "politics", "public-domain"],
      modality: Modality.MODALITY_TEXT,
      license: { spdx: "CC0-1.0", commercialUse: true, derivatives: true, expiresAt: 0n },
      access: Access.ACCESS_OPEN,
      allowList: [],
    }),
  ]);
  return responseOf(sent, MsgCreateDatanetResponse).datanetId;
}

/** The story's Datanet exists and is published. */
export async function ensureDatanet(story: Story): Promise<bigint> {
  const found = await findDatanet(story);
  const datanetId = found?.id ?? (await createDatanet(story));
  if (found?.status !== DatanetStatus.DATANET_STATUS_PUBLISHED) {
    const owner = story.actors[OWNER];
    await story.chain.send(owner, [message(MsgPublishDatanet, { owner: owner.address, datanetId })]);
  }
  return datanetId;
}

export { OWNER as DATANET_OWNER };
