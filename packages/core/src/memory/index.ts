/** Reference adapters in memory, with the semantics of the real ones. */

export * from "./create-memory-pub-sub.js";
export * from "./create-memory-queue.js";
export * from "./create-memory-rate-limiter.js";
export * from "./create-memory-store.js";
