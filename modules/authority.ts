/** Who may change parameters: what every module that has some imports of the kernel. */
export { GOV_AUTHORITY, checkAuthority, updateParamsRoute } from "../chain/kernel/index.js";
