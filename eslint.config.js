import tseslint from "typescript-eslint";
import determinism from "./scripts/lint/determinism.js";

const CORE = ["chain/**/*.ts", "modules/**/*.ts"];
const TESTS = ["**/*.test.ts", "chain/testkit/**", "test/**"];

export default tseslint.config(
  { ignores: ["dist/**", "proto/gen/**", "node_modules/**", "**/*.d.ts", "**/*.js", "**/*.mjs", "**/*.cjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { determinism },
    rules: {
      "max-lines": ["error", { max: 500 }],
      "max-lines-per-function": ["error", { max: 60 }],
      "max-params": ["error", 4],
      "max-depth": ["error", 3],
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports", disallowTypeAnnotations: false }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // Table-driven codecs type a message by its table; the parameter stands for the caller's expectation.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/unified-signatures": "off",
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      "no-restricted-syntax": ["error", { selector: "ExportAllDeclaration", message: "Name what you export." }],
    },
  },
  { files: CORE, ignores: TESTS, rules: { "determinism/core": "error" } },
  {
    // Tests index, cast and assert freely: a wrong assumption there fails the test.
    files: TESTS,
    rules: {
      "max-lines-per-function": "off",
      "max-lines": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
    },
  },
  { files: ["scripts/**", "bench/**", "testnet/**", "node/cli/**", "sidecar/base/**"], rules: { "no-console": "off" } },
);
