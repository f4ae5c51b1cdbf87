/** Reference adapters in memory, with the semantics of the real ones. */

export * from "./create-memory-store.js";
