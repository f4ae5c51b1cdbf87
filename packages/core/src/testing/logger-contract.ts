import assert from "node:assert/strict";
import type { Logger } from "../ports/logger.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";

const levels = ["debug", "info", "warn", "error"] as const;

/** Facts that make a careless logger throw: a cycle, a BigInt, an error with a cause, a getter that throws, a revoked proxy. */
function awkwardFacts(): readonly object[] {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  const error = new Error("Outer", { cause: new Error("Inner") });
  return [
    {},
    cycle,
    { count: 1n },
    { error },
    { at: new Date(Number.NaN) },
    { text: "\u0000\ud800\n" },
    Object.create(null),
  ];
}

const clauses: readonly ContractClause<Logger>[] = [
  ...levels.map((level) => ({
    name: `${level} takes facts and a sentence and returns nothing`,
    check: async (logger: Logger) => {
      assert.equal(logger[level]({ taskId: "1" }, "The task began."), undefined);
    },
  })),
  {
    name: "a line throws for no fact",
    check: async (logger) => {
      for (const facts of awkwardFacts()) for (const level of levels) logger[level](facts, "A line.");
    },
  },
  {
    name: "a child is a whole logger, and so is a child's child",
    check: async (logger) => {
      const grandchild = logger.child({ taskId: "1" }).child({ stage: "publish" });
      for (const level of levels) grandchild[level]({}, "A line.");
      assert.equal(typeof grandchild.child, "function");
    },
  },
  {
    name: "a child leaves its parent as it was",
    check: async (logger) => {
      const child = logger.child({ taskId: "1" });
      logger.info({}, "The parent still speaks.");
      child.info({}, "So does the child.");
    },
  },
];

/** The contract of the port {@link Logger}. The form of its lines is not part of it. */
export function loggerContract(options: ContractOptions<Logger>): readonly ContractCase[] {
  return contractCases("Logger", options, clauses);
}
