/**
 * Loaded before a child's own code (`node --import`): when the launcher is gone, however it ended, the child is asked to
 * stop as an operator would ask it, and made to if it does not.
 */
import { watchParent } from "../../sidecar/parent-watch.js";

const GRACE_MS = 8_000;

watchParent(() => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE_MS).unref();
});
// The watch alone must not keep a child alive that has finished its work.
if ("unref" in process.stdin && typeof process.stdin.unref === "function") process.stdin.unref();
