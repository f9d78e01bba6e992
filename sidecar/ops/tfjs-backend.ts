import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { Fault, concatBytes } from "../../chain/primitives/index.js";
import type { Held, MatmulBackend } from "./backend.js";
import type { Kernels } from "./kernels/kernels.js";
import { plainKernels } from "./kernels/plain.js";
import { createWasmKernels, kernelsBinary } from "./kernels/wasm.js";
import type { Matrix } from "./matrix.js";

/**
 * Which of tfjs's three binaries runs. The product's is `simd`: threads bring nothing at these sizes, and a runtime id pins one
 * binary. The others exist to prove that they give the same bits (op matrix); beside the scalar one our own kernels are plain JavaScript.
 */
export type WasmVariant = "simd" | "scalar" | "threads";

const BINARIES: Readonly<Record<WasmVariant, string>> = {
  simd: "tfjs-backend-wasm-simd.wasm",
  scalar: "tfjs-backend-wasm.wasm",
  threads: "tfjs-backend-wasm-threaded-simd.wasm",
};

class HeldTensor implements Held {
  readonly rows: number;
  readonly cols: number;
  readonly tensor: tf.Tensor2D;

  constructor(a: Matrix) {
    this.rows = a.rows;
    this.cols = a.cols;
    this.tensor = tf.tensor2d(a.data, [a.rows, a.cols], "float32");
  }

  release(): void {
    this.tensor.dispose();
  }
}

class TfjsBackend implements MatmulBackend {
  readonly name: string;
  readonly binary: Uint8Array;
  readonly kernels: Kernels;

  constructor(variant: WasmVariant, binary: Uint8Array) {
    this.name = `tfjs-wasm-${variant}`;
    this.binary = concatBytes(binary, kernelsBinary());
    this.kernels = variant === "scalar" ? plainKernels : createWasmKernels();
  }

  hold(a: Matrix): Held {
    return new HeldTensor(a);
  }

  /** Always the 2-D product: a batched one takes another code path, with other bits. */
  multiply(a: Matrix, b: Matrix | Held): Matrix {
    if (a.cols !== b.rows) throw new Fault("product of mismatched matrices", { k: a.cols, rows: b.rows });
    const left = tf.tensor2d(a.data, [a.rows, a.cols], "float32");
    const right = b instanceof HeldTensor ? b.tensor : tf.tensor2d((b as Matrix).data, [b.rows, b.cols], "float32");
    const product = tf.matMul(left, right);
    const data = product.dataSync<"float32">();
    left.dispose();
    product.dispose();
    if (!(b instanceof HeldTensor)) right.dispose();
    return { rows: a.rows, cols: b.cols, data };
  }

  memory(): { readonly tensors: number; readonly bytes: number } {
    const { numTensors, numBytes } = tf.memory();
    return { tensors: numTensors, bytes: numBytes };
  }
}

let started: Promise<MatmulBackend> | undefined;

async function start(variant: WasmVariant): Promise<MatmulBackend> {
  const folder = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
  setWasmPaths(`${folder}/`);
  tf.env().set("WASM_HAS_SIMD_SUPPORT", variant !== "scalar");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", variant === "threads");
  if (!(await tf.setBackend("wasm"))) throw new Fault("the wasm backend did not start");
  return new TfjsBackend(variant, readFileSync(`${folder}/${BINARIES[variant]}`));
}

/** tfjs keeps its state per process, so there is one backend per process: that of the first call. Loads from disk only. */
export function tfjsBackend(variant: WasmVariant = "simd"): Promise<MatmulBackend> {
  started ??= start(variant);
  return started;
}
