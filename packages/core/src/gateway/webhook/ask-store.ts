export * from "../../http/ask-store.js";
