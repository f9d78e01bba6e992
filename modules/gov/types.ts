import { createTypeRegistry } from "../../chain/codec/index.js";
import { MESSAGE_CODECS } from "../message-types.js";
import { CONTENT_TYPES } from "./contents.js";

/** What stands behind the Anys of proposals, for the JSON of genesis. */
export const MESSAGE_TYPES = createTypeRegistry([...MESSAGE_CODECS, ...CONTENT_TYPES]);
