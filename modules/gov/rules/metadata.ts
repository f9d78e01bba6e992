import { parseJsonBytes } from "../../../chain/codec/index.js";
import { Reject, utf8 } from "../../../chain/primitives/index.js";

/** What the recommended form of metadata says of title and summary. */
export interface Stated {
  readonly title: string;
  readonly summary: string;
}

const TEXTS = ["title", "summary", "details", "proposal_forum_url", "vote_option_context"];

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string" || each === null);
}

/** Whether the SDK's reader of JSON would take `value` for field `name`. */
function fits(name: string, value: unknown): boolean {
  if (value === null) return true;
  if (name === "authors") return isTexts(value);
  return !TEXTS.includes(name) || typeof value === "string";
}

/**
 * Title and summary inside metadata that is JSON of the SDK's recommended form; undefined when it is anything else, such as a link.
 * Names are found whatever their case, as Go finds them; what is left out is empty.
 */
export function statedIn(metadata: string): Stated | undefined {
  let json: unknown;
  try {
    json = parseJsonBytes(utf8(metadata), metadata.length * 4);
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
  if (json === null) return { title: "", summary: "" };
  if (typeof json !== "object" || Array.isArray(json)) return undefined;
  const found = { title: "", summary: "" };
  // eslint-disable-next-line determinism/core -- a document of at most 255 bytes; only two names are looked for
  for (const [key, value] of Object.entries(json)) {
    const name = key.toLowerCase();
    if (!fits(name, value)) return undefined;
    if (name === "title" && typeof value === "string") found.title = value;
    if (name === "summary" && typeof value === "string") found.summary = value;
  }
  return found;
}
