import type { Cache } from "../cache.js";
import { gains } from "../gains.js";
import type { LoraMethod } from "../methods/lora-ours.js";
import type { SettingResult } from "../types.js";
import { assessLora, assessTangents, loraName, loraTruth } from "./lora.js";
import type { LoraPlan, LoraResult } from "./lora.js";

/** Everything of a setting on the language model. Results of methods are kept in the cache as retrainings are. */
export async function runLora(plan: LoraPlan, methods: readonly LoraMethod[], cache: Cache): Promise<SettingResult> {
  const { setting, halfSubsets, mostSubsets, seed } = plan;
  const truth = await loraTruth(plan, cache);
  const name = { ...loraName(setting), halfSubsets, mostSubsets, seed: seed.toString() };
  const tangents = await cache.json({ name, method: "tangent-v1" }, () => assessTangents(plan, truth));
  const results: LoraResult[] = [];
  for (const method of methods) {
    results.push(await cache.json({ name, method: method.id, note: method.note ?? "" }, () => assessLora(plan, method, truth)));
  }
  const { int8Drop, forwardReverse } = tangents;
  return {
    setting: setting.name,
    rows: [...tangents.rows, ...results.map((r) => r.row)],
    gates: [],
    figures: { int8Drop, forwardReverse, ...gains(results) },
  };
}
