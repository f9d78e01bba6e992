export { decodeFinalizeResponse, encodeFinalizeResponse } from "../app/index.js";
