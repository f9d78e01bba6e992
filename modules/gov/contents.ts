import { MsgCommunityPoolSpend, CommunityPoolSpendProposal } from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { TextProposal } from "../../proto/gen/cosmos/gov/v1beta1.js";
import { ParameterChangeProposal } from "../../proto/gen/cosmos/params/v1beta1.js";
import {
  CancelSoftwareUpgradeProposal,
  MsgCancelUpgrade,
  MsgSoftwareUpgrade,
  SoftwareUpgradeProposal,
} from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../../chain/codec/index.js";
import type { AnyCodec, Codec } from "../../chain/codec/index.js";
import { GOV_AUTHORITY, SdkError } from "../../chain/kernel/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import { GovError } from "./errors.js";

/**
 * What a proposal of gov v1beta1 says. Each is carried out by the message that replaced it, so that there is one rule for the
 * old form and the new one. The parameter store of old SDKs is gone: its content is known, and has no handler.
 */
export interface Content {
  readonly title: string;
  readonly description: string;
  /** The module that handles it, as the SDK's routes name it. */
  readonly route: string;
  readonly action: { readonly kind: "none" } | { readonly kind: "message"; readonly message: Any } | { readonly kind: "unhandled" };
}

const MAX_TITLE_BYTES = 140;
const MAX_DESCRIPTION_BYTES = 10_000;

const authority = formatAddress(GOV_AUTHORITY);

function carriedOutBy<M>(codec: Codec<M>, message: Partial<M>): Content["action"] {
  return { kind: "message", message: { typeUrl: `/${codec.typeName}`, value: codec.encode(codec.create(message)) } };
}

type Reader = (bytes: Uint8Array) => Content;

function reader<W extends { readonly title: string; readonly description: string }>(
  codec: Codec<W>,
  route: string,
  actionOf: (wire: W) => Content["action"],
): readonly [string, Reader] {
  const read: Reader = (bytes) => {
    const wire = codec.decode(bytes);
    return { title: wire.title, description: wire.description, route, action: actionOf(wire) };
  };
  return [`/${codec.typeName}`, read];
}

const READERS: ReadonlyMap<string, Reader> = new Map([
  reader(TextProposal, "gov", () => ({ kind: "none" })),
  reader(CommunityPoolSpendProposal, "distribution", ({ recipient, amount }) =>
    carriedOutBy(MsgCommunityPoolSpend, { authority, recipient, amount }),
  ),
  reader(SoftwareUpgradeProposal, "upgrade", ({ plan }) => carriedOutBy(MsgSoftwareUpgrade, { authority, plan })),
  reader(CancelSoftwareUpgradeProposal, "upgrade", () => carriedOutBy(MsgCancelUpgrade, { authority })),
  reader(ParameterChangeProposal, "params", () => ({ kind: "unhandled" })),
]);

/** Types that may stand as the content of an old proposal. */
export const CONTENT_TYPES: readonly AnyCodec[] = [
  TextProposal,
  CommunityPoolSpendProposal,
  SoftwareUpgradeProposal,
  CancelSoftwareUpgradeProposal,
  ParameterChangeProposal,
] as readonly AnyCodec[];

/** @throws Reject gov/5 on no content, sdk/2 on one that is unknown or does not decode. */
export function parseContent(content: Any | undefined): Content {
  if (content === undefined) throw GovError.InvalidContent("missing content");
  const read = READERS.get(content.typeUrl);
  if (read === undefined)
    throw SdkError.TxDecode(
      `no concrete type registered for type URL ${content.typeUrl.slice(0, 100)} against interface *v1beta1.Content`,
    );
  return read(content.value);
}

/** Title and description as gov v1beta1 wants them. @throws Reject gov/5. */
export function checkAbstract({ title, description }: Content): void {
  if (title.trim() === "") throw GovError.InvalidContent("proposal title cannot be blank");
  if (utf8(title).length > MAX_TITLE_BYTES)
    throw GovError.InvalidContent(`proposal title is longer than max length of ${MAX_TITLE_BYTES}`);
  if (description === "") throw GovError.InvalidContent("proposal description cannot be blank");
  if (utf8(description).length > MAX_DESCRIPTION_BYTES)
    throw GovError.InvalidContent(`proposal description is longer than max length of ${MAX_DESCRIPTION_BYTES}`);
}
