/** Contract suites for every port, and what their authors need. */

export * from "./checkpoint-fixture.js";
export * from "./contract.js";
export * from "./contract-cases.js";
export * from "./delivery-fixture.js";
export * from "./eventually.js";
export * from "./fresh-id.js";
export * from "./key-ring-contract.js";
export * from "./logger-contract.js";
export * from "./metrics-contract.js";
export * from "./rejects-with-code.js";
export * from "./store/budget-ledger-contract.js";
export * from "./store/checkpoint-store-contract.js";
export * from "./store/effect-ledger-contract.js";
export * from "./store/inbox-contract.js";
export * from "./store/installation-store-contract.js";
export * from "./store/outbox-contract.js";
export * from "./store/record-task.js";
export * from "./store/store-contract.js";
export * from "./store/task-store-contract.js";
export * from "./store/thread-store-contract.js";
export * from "./store/transcript-contract.js";
export * from "./task-draft-fixture.js";
export * from "./workspace/workspace-factory-contract.js";
export * from "./workspace/workspace-request-fixture.js";
export * from "./workspace/workspace-subject.js";
