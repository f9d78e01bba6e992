import { utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import type { DecoderConfig } from "../model/config.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import { arrange, layoutOf } from "./layout.js";
import type { LoraLayout } from "./layout.js";
import { TARGETS } from "./targets.js";
import type { SlotTarget } from "./targets.js";

/** adapter_config.json as PEFT writes and reads it. */

const MAX_RANK = 64;

/** Modules of a layer, by the name that `target_modules` gives them. */
export interface PeftModule {
  readonly name: string;
  /** Below the layer. */
  readonly path: string;
  readonly targets: readonly SlotTarget[];
}

/** GPT-2 fuses query, key and value, so several targets are one module of the file. */
const GPT2_MODULES: readonly PeftModule[] = [
  { name: "c_attn", path: "attn.c_attn", targets: ["q", "k", "v", "qkv"] },
  { name: "attn.c_proj", path: "attn.c_proj", targets: ["o"] },
  { name: "c_fc", path: "mlp.c_fc", targets: ["up"] },
  { name: "mlp.c_proj", path: "mlp.c_proj", targets: ["down"] },
];

const LLAMA_MODULES: readonly PeftModule[] = [
  ...(["q", "k", "v", "o"] as const).map((t) => ({ name: `${t}_proj`, path: `self_attn.${t}_proj`, targets: [t] })),
  ...(["gate", "up", "down"] as const).map((t) => ({ name: `${t}_proj`, path: `mlp.${t}_proj`, targets: [t] })),
];

export function peftModules({ llama }: DecoderConfig): readonly PeftModule[] {
  return llama === undefined ? GPT2_MODULES : LLAMA_MODULES;
}

/** Where the layers are in the names of tensors. */
export function layerPath({ llama }: DecoderConfig, layer: number): string {
  return `base_model.model.${llama === undefined ? "transformer.h" : "model.layers"}.${layer}`;
}

export function encodePeftConfig(config: DecoderConfig, { rank, alpha, slots }: LoraLayout): Uint8Array {
  const has = (t: SlotTarget): boolean => slots.some((s) => s.target === t);
  const fused = GPT2_MODULES[0]?.targets.filter(has).length ?? 0;
  const plain = config.llama !== undefined;
  const several = !plain && fused > 1;
  const fields = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: peftModules(config).filter((m) => m.targets.some(has)).map((m) => m.name),
    rank_pattern: several ? { c_attn: fused * rank } : {},
    alpha_pattern: several ? { c_attn: fused * alpha } : {},
    fan_in_fan_out: !plain,
    bias: "none",
    inference_mode: true,
    ...(plain || has("qkv") ? {} : { openledger_targets: TARGETS.filter(has) }),
  };
  return utf8(`${JSON.stringify(fields, undefined, 2)}\n`);
}

/** Options that change the numbers and are not computed here: each must be absent, null, false or empty. */
const REFUSED = [
  "use_dora",
  "use_rslora",
  "use_qalora",
  "use_bdlora",
  "lora_bias",
  "modules_to_save",
  "layers_to_transform",
  "layers_pattern",
  "exclude_modules",
  "layer_replication",
  "trainable_token_indices",
  "target_parameters",
  "alora_invocation_tokens",
  "megatron_config",
  "velora_config",
  "monteclora_config",
  "arrow_config",
  "ensure_weight_tying",
];

/** How the first weights were drawn does not matter, unless it changed the base model too. */
const INITIAL: readonly unknown[] = [undefined, null, true, false, "gaussian", "orthogonal"];

type Fields = Readonly<Record<string, unknown>>;

function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The layout that a config describes for a base model. @throws Reject sidecar/4 for what is not computed here. */
export function parsePeftConfig(base: DecoderConfig, bytes: Uint8Array): LoraLayout {
  const reject = SidecarError.BadAdapter;
  const fields = readObject(parseJson(bytes, reject), reject);
  if (fields["peft_type"] !== "LORA") throw reject("not a LoRA");
  for (const name of REFUSED) if (!isUnset(fields[name])) throw reject(`LoRA option ${name} is not supported`);
  if ((fields["bias"] ?? "none") !== "none") throw reject("LoRA option bias is not supported");
  if (!INITIAL.includes(fields["init_lora_weights"])) throw reject("LoRA option init_lora_weights is not supported");
  if ((fields["fan_in_fan_out"] ?? false) !== (base.llama === undefined)) throw reject("a LoRA of another architecture");
  const scale = {
    rank: readInteger(fields["r"], { name: "r", low: 1, high: MAX_RANK }, reject),
    alpha: readInteger(fields["lora_alpha"], { name: "lora_alpha", low: 1, high: 1024 }, reject),
  };
  const own = fields["openledger_targets"];
  if (own === undefined) {
    checkPatterns(fields, new Map());
    return arrange(base, scale, foreignTargets(base, fields));
  }
  if (base.llama !== undefined) throw reject("openledger_targets");
  const targets = TARGETS.filter((t) => t !== "gate" && Array.isArray(own) && own.includes(t));
  if (!Array.isArray(own) || targets.length === 0 || targets.length !== own.length) throw reject("openledger_targets");
  const fused = targets.filter((t) => GPT2_MODULES[0]?.targets.includes(t) === true).length;
  checkPatterns(fields, fused > 1 ? new Map([["rank_pattern", fused * scale.rank], ["alpha_pattern", fused * scale.alpha]]) : new Map());
  return layoutOf(base, { ...scale, targets });
}

/** Ranks by module are ours only, for what GPT-2 fuses. */
function checkPatterns(fields: Fields, fused: ReadonlyMap<string, number>): void {
  for (const name of ["rank_pattern", "alpha_pattern"]) {
    const found = readObject(fields[name] ?? {}, SidecarError.BadAdapter);
    const expected = fused.get(name);
    const fits = expected === undefined ? isUnset(found) : Object.keys(found).length === 1 && found["c_attn"] === expected;
    if (!fits) throw SidecarError.BadAdapter(`LoRA option ${name} is not supported`);
  }
}

/** Module names are matched from their end, as PEFT does: `c_proj` is both of GPT-2's. */
function foreignTargets(base: DecoderConfig, fields: Fields): SlotTarget[] {
  const names = fields["target_modules"];
  const isNames = Array.isArray(names) && names.length > 0 && names.every((n): n is string => typeof n === "string");
  if (!isNames) throw SidecarError.BadAdapter("target_modules must be a list of names");
  const modules = peftModules(base);
  const matches = (path: string, name: string): boolean => path === name || path.endsWith(`.${name}`);
  for (const name of names) {
    if (!modules.some((m) => matches(m.path, name))) throw SidecarError.BadAdapter(`no projection is called ${name}`);
  }
  const chosen = modules.filter((m) => names.some((name) => matches(m.path, name)));
  return chosen.map((m) => m.targets.at(-1) as SlotTarget);
}
