/**
 * ESLint rule `determinism/core`: what may not stand in chain/ and modules/, because two machines could disagree on it
 * (design §3, style.md §6, performance.md §2.5). Tested by determinism.test.ts. Type-aware where it has to be.
 */
import ts from "typescript";

const GLOBALS = new Set([
  "Buffer",
  "Date",
  "Intl",
  "Promise",
  "WebAssembly",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "navigator",
  "performance",
  "process",
  "queueMicrotask",
  "require",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
  "window",
]);
const MATH = new Set(["abs", "ceil", "clz32", "floor", "imul", "max", "min", "sign", "trunc"]);
const LOCALE = new Set([
  "localeCompare",
  "toLocaleDateString",
  "toLocaleLowerCase",
  "toLocaleString",
  "toLocaleTimeString",
  "toLocaleUpperCase",
]);
const COLLECTIONS = new Set(["Map", "ReadonlyMap", "ReadonlySet", "Set"]);
const COLLECTION_WALKS = new Set(["entries", "forEach", "keys", "values"]);

const messages = {
  global: "{{name}} is not the same on every machine; the core may not use it.",
  math: "Math.{{name}} may differ between engines or runs.",
  sort: "The default order sorts 10 before 9: pass a comparator from primitives/ordering.",
  locale: "{{name}} depends on the machine's locale.",
  forIn: "for-in visits integer-like keys first; use a Map and sortedEntries.",
  keys: "Object.{{name}} visits integer-like keys first; use a Map and sortedEntries.",
  async: "The core is synchronous: every await is a place where another task can run.",
  stringify: "JSON.stringify does not make canonical bytes; use chain/codec.",
  error: "Throw a Reject (coded) or a Fault, never a plain {{name}}.",
  divide: "Division of numbers makes floats; use bigint, or Math.floor over checked integers with a reason.",
  float: "A fractional literal has no place in the core.",
  walk: "Iteration over a Map or Set follows insertion order; use sortedEntries, or sort a copy.",
  node: "The core imports nothing from node:, and no I/O package.",
};

/** Whether an identifier refers to a global rather than to something declared or imported in the file. */
function isGlobal(context, node) {
  let scope = context.sourceCode.getScope(node);
  while (scope) {
    const variable = scope.set.get(node.name);
    if (variable) return variable.defs.length === 0;
    scope = scope.upper;
  }
  return true;
}

function isReference(node) {
  const { parent } = node;
  if (parent.type === "MemberExpression" && parent.property === node && !parent.computed) return false;
  if (parent.type === "Property" && parent.key === node && !parent.computed && !parent.shorthand) return false;
  return !parent.type.startsWith("TS") || parent.type === "TSNonNullExpression";
}

function create(context) {
  const services = context.sourceCode.parserServices;
  const typed = services.program !== undefined && services.program !== null;
  const checker = typed ? services.program.getTypeChecker() : undefined;
  const typeOf = (node) => (typed ? services.getTypeAtLocation(node) : undefined);
  const isNumber = (node) => {
    const type = typeOf(node);
    return type !== undefined && (type.flags & ts.TypeFlags.NumberLike) !== 0;
  };
  const isCollection = (node) => {
    const symbol = typeOf(node)?.getSymbol();
    return symbol !== undefined && COLLECTIONS.has(symbol.name) && checker !== undefined;
  };
  const report = (node, messageId, data) => context.report({ node, messageId, data: data ?? {} });
  const walks = (node) => {
    if (isCollection(node)) return true;
    const callee = node.type === "CallExpression" ? node.callee : undefined;
    if (callee?.type !== "MemberExpression") return false;
    return COLLECTION_WALKS.has(callee.property.name) && isCollection(callee.object);
  };

  return {
    Identifier(node) {
      if (GLOBALS.has(node.name) && isReference(node) && isGlobal(context, node)) report(node, "global", { name: node.name });
    },
    ImportDeclaration(node) {
      if (String(node.source.value).startsWith("node:")) report(node, "node");
    },
    MemberExpression(node) {
      const { object, property } = node;
      if (object.type !== "Identifier" || property.type !== "Identifier" || !isGlobal(context, object)) return;
      if (object.name === "Math" && !MATH.has(property.name)) report(node, "math", { name: property.name });
      if (object.name === "JSON" && property.name === "stringify") report(node, "stringify");
      if (object.name === "Object" && ["keys", "values", "entries"].includes(property.name)) {
        report(node, "keys", { name: property.name });
      }
    },
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      const { name } = callee.property;
      if ((name === "sort" || name === "toSorted") && node.arguments.length === 0) report(node, "sort");
      if (LOCALE.has(name)) report(node, "locale", { name });
      if (name === "forEach" && isCollection(callee.object)) report(node, "walk");
    },
    ForInStatement: (node) => report(node, "forIn"),
    ForOfStatement(node) {
      if (node.await) report(node, "async");
      if (walks(node.right)) report(node.right, "walk");
    },
    AwaitExpression: (node) => report(node, "async"),
    ":function[async=true]": (node) => report(node, "async"),
    NewExpression(node) {
      const name = node.callee.type === "Identifier" ? node.callee.name : "";
      if (["Error", "TypeError", "RangeError"].includes(name)) report(node, "error", { name });
    },
    'BinaryExpression[operator="/"]'(node) {
      if (isNumber(node.left)) report(node, "divide");
    },
    'AssignmentExpression[operator="/="]'(node) {
      if (isNumber(node.left)) report(node, "divide");
    },
    Literal(node) {
      if (typeof node.value === "number" && !Number.isInteger(node.value)) report(node, "float");
    },
  };
}

export const core = {
  meta: { type: "problem", schema: [], messages },
  create,
};

export default { meta: { name: "determinism" }, rules: { core } };
